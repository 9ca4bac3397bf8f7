"""What the ladder shows to somebody who climbs it for the first time: which layer ends which attack."""

import pytest

ORDER = ("open", "chroot", "unshare", "pivot", "cgroup", "capdrop", "container", "strict")

# From the file where an attack ends to the one where it comes back, if it does: the layer that holds it, and the profile
# that goes without.
LESSONS = {
    "chroot-double-escape": {"open", "chroot", "unshare"},  # chroot(2) holds nobody who is root; pivot_root(2) does
    "kill-outside-pid": {"open", "chroot"},  # a pid namespace
    "list-host-interfaces": {"open", "chroot"},  # a network namespace
    "chown-without-cap-chown": {"open", "chroot", "pivot", "cgroup", "container"},  # unshare: nobody else exists inside
    "fork-bomb": {"open", "chroot", "unshare", "pivot", "container"},  # container engines limit nothing unless asked
    "memory-hog": {"open", "chroot", "unshare", "pivot", "container"},
}

# How a host sees for itself that an attack got out.
WITNESSED = {
    "chroot-double-escape": "its root is the host's",
    "kill-outside-pid": "the victim got SIGURG",
    "list-host-interfaces": "it knows esc",
    "chown-without-cap-chown": "its file belongs to uid",
    "fork-bomb": "the host counts",
    "memory-hog": "the host sees",
}


@pytest.mark.parametrize("probe", LESSONS)
def test_each_attack_ends_with_its_layer(whole_ladder, probe):
    escapes = {profile for profile in ORDER if whole_ladder.run(profile)[probe]["verdict"] == "escaped"}
    assert escapes == LESSONS[probe]


# The clocks are the host's. And an agent's shell has a /proc, with a label, descriptors and mounts of its own in it.
CLOCKS = {"time-ns-offset"}
PROC = {"proc-self-mem-attr", "opath-reopen-upgrade", "mountinfo-hostpaths"}


@pytest.mark.parametrize("profile, escapes", (("strict", CLOCKS), ("judge", CLOCKS), ("agent", CLOCKS | PROC)))
def test_a_strict_sandbox_holds_every_attack(whole_ladder, profile, escapes):
    results = whole_ladder.run(profile)
    assert {probe for probe, result in results.items() if result["verdict"] == "escaped"} == escapes
    assert {probe for probe, result in results.items() if result["verdict"] == "contained"} >= set(LESSONS)


@pytest.mark.parametrize("probe", LESSONS)
def test_without_a_sandbox_the_host_sees_the_escape(whole_ladder, probe):
    result = whole_ladder.run("open")[probe]
    assert result["verdict"] == "escaped"
    assert WITNESSED[probe] in result["witness"]["observed"]


def test_nothing_is_contained_without_a_control_that_escaped(whole_ladder):
    for run in whole_ladder.report["runs"]:
        for probe, result in whole_ladder.run(run["profile"]).items():
            if not result.get("absent"):
                assert result["control"]["verdict"] == "escaped", (run["profile"], probe, result["control"])
                assert result["control"]["base"] == "strict"


def test_every_profile_claims_exactly_what_holds(whole_ladder):
    """A claim too many is a lie, and one too few is a guarantee that nobody watches."""
    wrong = []
    for run in whole_ladder.report["runs"]:
        verdicts, claimed = {}, set()
        for result in whole_ladder.run(run["profile"]).values():
            verdicts.setdefault(result["guarantee"], set()).add(result["verdict"])
            claimed |= {result["guarantee"]} if result["claimed"] else set()
        for guarantee, seen in verdicts.items():
            held = "escaped" not in seen
            if seen != {"not-testable"} and held != (guarantee in claimed):
                wrong.append(f"{run['profile']}: {guarantee} is {'held' if held else 'lost'}")
    assert wrong == []
    assert whole_ladder.status == 0
    summary = whole_ladder.report["summary"]
    assert (summary["fail"], summary["broken"]) == (0, 0)
