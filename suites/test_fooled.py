"""Programs that a harness must not believe: whatever they say, none comes out as contained."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from escapement import programs
from escapement.plugin import cannot_test

# What each is in `strict` and in `open`, and a word of the reason.
FAKES = {
    "crasher": (("broken", "killed by SIGSEGV"), ("broken", "killed by SIGSEGV")),
    "flooder": (("broken", "flooded its output"), ("broken", "flooded its output")),
    "hanger": (("broken", "silent until its time was up"), ("broken", "silent until its time was up")),
    # In a pid namespace nothing outlives the first process, so there it does no harm; but neither does its control escape.
    "late-writer": (("not-testable", "the control did not escape"), ("broken", "outlived the sandbox")),
    "liar-contained": (("not-testable", "the control did not escape"), ("broken", "the victim got SIGURG")),
    "liar-escaped": (("broken", "the witness does not see it"), ("broken", "the witness does not see it")),
    "liar-step": (("broken", "its steps say escaped"), ("broken", "its steps say escaped")),
    "mute": (("broken", "without a claim"), ("broken", "without a claim")),
    "undecided": (("not-testable", "reached no decision"), ("not-testable", "reached no decision")),
    "wrong-nonce": (("broken", "its greeting is wrong"), ("broken", "its greeting is wrong")),
    "wrong-status": (("broken", "exits with 10"), ("broken", "exits with 10")),
}


@pytest.fixture(scope="module")
def answers(ask, as_root, build):
    """One run a fake, both profiles in it. The hanger needs seconds, so they run beside each other."""

    def run(fake):
        return ask("--probes", build / "probes-testing", "--probe", fake, "--profile", "strict", "--profile", "open", "-j", 3)

    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip(FAKES, pool.map(run, FAKES)))


def test_every_fake_is_expected_here(escapement, build):
    listed = escapement("list", "probes", "--probes", build / "probes-testing").stdout.splitlines()[1:]
    assert {line.split()[0] for line in listed} == set(FAKES)


@pytest.mark.parametrize("fake", FAKES)
@pytest.mark.parametrize("profile", ("strict", "open"))
def test_is_not_believed(answers, fake, profile):
    run = next(run for run in answers[fake].report["runs"] if run["profile"] == profile)
    [result] = run["results"]
    verdict, reason = FAKES[fake][("strict", "open").index(profile)]
    assert result["verdict"] == verdict, result["reason"]
    assert reason in result["reason"]
    assert result["control"]["verdict"] != "escaped"


@pytest.mark.parametrize("fake", FAKES)
def test_is_no_success(answers, fake):
    """A broken cell is an answer that was not given: 3. What is merely not testable is one under --must-test only."""
    expected = 0 if all(verdict == "not-testable" for verdict, _ in FAKES[fake]) else 3
    assert answers[fake].status == expected


def test_a_changed_host_is_an_error_of_the_run(as_root, plan, build):
    """In a UTS namespace of its own, whose name is the one that is changed."""
    if not (unshare := shutil.which("unshare")):
        cannot_test("needs unshare(1)")

    def answer(command, profile, *options):
        what = [plan.escapement, command, "--probes", build / "probes-changing", "--profile", profile, *options]
        return programs.call(Path(unshare), "--uts", *what)

    held = answer("run", "strict", "--format", "json")
    assert json.loads(held.stdout)["host_changed"] == []
    for command in "run", "calibrate":
        changed = answer(command, "open", "--format", "json")
        assert changed.returncode == 3
        [change] = json.loads(changed.stdout)["host_changed"]
        assert change.startswith("hostname: was ") and change.endswith(", is changed")
    assert "the host was changed: hostname" in answer("run", "open").stdout
