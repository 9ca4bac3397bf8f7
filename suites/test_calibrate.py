"""What `escapement calibrate` finds out about real profiles and about probes that are wrong."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(scope="module")
def calibrate(escapement):
    def run(*args):
        done = escapement("calibrate", *args, "--format", "json")
        assert done.stdout.startswith("{"), done.stderr
        return done.returncode, json.loads(done.stdout)

    return run


def test_which_layers_hold_an_attack(as_root, calibrate):
    status, found = calibrate("--probe", "kill-outside-pid", "--probe", "adjtimex")
    assert status == 1  # two probes do not need every layer of strict
    assert found["matrix"]["pid namespace"] == ["kill-outside-pid"]
    assert found["matrix"]["seccomp"] == []
    assert found["depth"]["process.signal"] == {"number": 1, "layers": ["pid namespace"], "probe": "kill-outside-pid"}
    clock = found["depth"]["time.clock"]
    assert clock["number"] == 3
    assert set(clock["layers"]) == {"capabilities", "seccomp", "user namespace"}
    assert {"keyring", "limits.memory"} <= set(found["untested_layers"])
    assert not {"pid namespace", "seccomp"} & set(found["untested_layers"])
    assert found["vacuous_probes"] == []
    assert all(probe["broken"] == [] for probe in found["probes"])


def test_a_weaker_profile_is_less_deep(as_root, calibrate):
    _, found = calibrate("--profile", "pivot", "--probe", "adjtimex")
    assert found["depth"]["time.clock"]["number"] == 0


def test_every_probe_of_strict(as_root, calibrate, plan):
    _, found = calibrate()
    assert {probe["id"] for probe in found["probes"]} == set(plan.probes)
    assert [probe for probe in found["probes"] if probe["broken"]] == []
    assert found["vacuous_probes"] == []
    assert found["untested_layers"] == []
    # The one that strict does not claim.
    assert [name for name, depth in found["depth"].items() if depth["number"] == 0] == ["time.uptime"]


def test_a_probe_that_never_fires_is_vacuous(as_root, calibrate, build):
    status, found = calibrate("--probes", build / "probes-testing", "--probe", "undecided")
    assert status == 1
    assert found["vacuous_probes"] == ["undecided"]


@pytest.mark.parametrize("fake", ("liar-contained", "liar-escaped", "liar-step", "wrong-status"))
def test_a_probe_that_lies_is_broken(as_root, calibrate, build, fake):
    status, found = calibrate("--probes", build / "probes-testing", "--probe", fake)
    assert status == 3
    assert found["probes"][0]["broken"]


def test_the_page_has_a_row_for_each_probe(as_root, escapement, tmp_path):
    page = tmp_path / "heat.html"
    escapement("calibrate", "--probe", "kill-outside-pid", "--probe", "fork-bomb", "--format", "html", "--output", page)
    text = page.read_text()
    for word in ("kill-outside-pid", "fork-bomb", "pid namespace", "limits.pids"):
        assert word in text


def test_one_profile_at_a_time(escapement):
    done = escapement("calibrate", "--profile", "strict", "--profile", "open")
    assert done.returncode == 2
    assert "one profile at a time" in done.stderr
