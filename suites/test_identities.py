"""The kernel decides differently for root with capabilities, root without, an ordinary user, and root of a user namespace:
each of them attacks, in some control that ends outside of the sandbox."""

import json

import pytest

IDENTITIES = {"root with capabilities", "root without capabilities", "user", "root of a user namespace"}


def identity(posture):
    if posture is None:
        return "that of a sandbox whose opening needs what the harness has left open"
    if posture["uid"] != "0":
        return "user"
    if posture["namespace.user"] == "new":
        return "root of a user namespace"
    return f"root {'without' if posture['capabilities.effective'] == 'none' else 'with'} capabilities"


@pytest.fixture(scope="module")
def identity_of(isolator, build):
    def look(profile, settings=()):
        sets = [word for setting in settings for word in ("--set", setting)]
        done = isolator("posture", "--json", "--program", build / "probes/chown-without-cap-chown", "--profile", profile, *sets)
        return identity(json.loads(done.stdout)["posture"] if done.returncode != 125 else None)
    return look


def test_openings_cover_all_four(whole_ladder, escapement, identity_of):
    """By the openings whose control escaped in the same run."""
    openings = {probe["id"]: probe["opening"] for probe in json.loads(escapement("list", "probes", "--format", "json").stdout)}
    fired = {tuple(openings[probe]) for probe, result in whole_ladder.run("open").items()
             if result["control"]["verdict"] == "escaped"}
    assert {identity_of("strict", opening) for opening in fired} >= IDENTITIES


@pytest.mark.parametrize("profile, expected", [("open", "root with capabilities"), ("container", "root with capabilities"),
                                               ("unshare", "root of a user namespace"), ("strict", "user"),
                                               ("rootless", "user")])
def test_profiles_have_the_identity_of_their_kind(as_root, identity_of, profile, expected):
    assert identity_of(profile) == expected
