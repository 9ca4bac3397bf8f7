"""The pytest plugin, as a project of somebody else's uses it: each pair a test, and a message that explains a failure."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from escapement import programs
from escapement.untestable import need_module

LOST = 'name = "lost"\nclaims = ["process.signal"]\n'  # open, and claims something


@pytest.fixture
def suite(plan, tmp_path):
    """Runs pytest on one test that takes `cell`; returns its status, its output, and its report by test."""
    (tmp_path / "test_mine.py").write_text("def test_holds(cell):\n    cell.holds()\n")
    (tmp_path / "lost.toml").write_text(LOST)

    def run(*args, escapement=plan.escapement, env=None):
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "escapement.plugin", "-p", "no:cacheprovider",
             f"--escapement={escapement}", "--junitxml", tmp_path / "report.xml", "-rA", *args, tmp_path],
            cwd=tmp_path, capture_output=True, text=True, timeout=programs.LIMIT, stdin=subprocess.DEVNULL,
            env=programs.environment(PYTHONPATH=str(programs.SOURCE / "pytest"), **(env or {})))
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def fakes(plan, tmp_path):
    """An `escapement` that takes the fakes for its probes."""
    script = tmp_path / "escapement"
    directory = plan.escapement.parent.parent / "probes-testing"
    script.write_text('#!/bin/sh\n'
                      'case "$1 $2" in run*|"list probes") exec '
                      f'{plan.escapement} "$@" --probes {directory} ;; esac\nexec {plan.escapement} "$@"\n')
    script.chmod(0o755)
    return script


def became(text):
    return {name: word for word, name in re.findall(r"^(PASSED|FAILED|ERROR) \S+::test_holds\[(\S+)\]", text, re.M)}


def test_each_pair_is_a_test(suite):
    status, text = suite("--profile", "open", "--profile", "lost.toml",
                         "--probe", "kill-outside-pid", "--probe", "fork-bomb")
    assert status == 1
    assert became(text) == {"open-kill-outside-pid": "PASSED", "open-fork-bomb": "PASSED", "lost-fork-bomb": "PASSED",
                            "lost-kill-outside-pid": "FAILED"}


def test_a_failure_shows_the_evidence(suite):
    _, text = suite("--profile", "lost.toml", "--probe", "kill-outside-pid")
    assert "kill-outside-pid gets out of lost, which claims process.signal" in text
    base = "strict" if os.geteuid() == 0 else "rootless"
    for part in ("reason    rt_sigqueueinfo(", "steps     kill(", "ok  <- sigqueue",
                 "witness   victim: the victim got SIGURG",
                 f"control   {base} with namespaces.new-=pid: escaped", "times     launch "):
        assert part in text, part
    assert "pytest/escapement/plugin.py:" not in text  # where the plugin says so is nobody's concern


def test_a_test_knows_its_result(suite, tmp_path):
    suite("--profile", "open", "--probe", "kill-outside-pid")
    [case] = ElementTree.parse(tmp_path / "report.xml").iter("testcase")
    kept = {entry.get("name"): entry.get("value") for entry in case.iter("property")}
    assert (kept["profile"], kept["probe"], kept["verdict"]) == ("open", "kill-outside-pid", "escaped")
    assert int(kept["probe_us"]) > 0


def test_another_kernel_is_a_place_beside_the_host(suite, kernel):
    """Each pair is a test there too, and what differs is told at the end."""
    status, text = suite("--kernel", "release", "--kernel", "host", "--cgroup", "v2", "--profile", "open", "--profile", "lost.toml",
                         "--probe", "kill-outside-pid")
    assert status == 1
    assert became(text)["release-v2-open-kill-outside-pid"] == "PASSED"
    assert became(text)["release-v2-lost-kill-outside-pid"] == became(text)["host-lost-kill-outside-pid"] == "FAILED"
    assert "none: the same on host, release-v2" in text


def test_a_kernel_that_is_none_is_a_failure_of_each_test(suite, kernel, tmp_path):
    (tmp_path / "zeros").write_bytes(bytes(1 << 20))
    status, text = suite("--kernel", tmp_path / "zeros", "--cgroup", "v2", "--profile", "open", "--probe", "kill-outside-pid",
                         "--probe", "fork-bomb")
    assert status == 1
    assert list(became(text).values()) == ["ERROR", "ERROR"]
    assert text.count("the guest did not answer") >= 2


def test_the_header_says_where(suite):
    _, text = suite("--profile", "open", "--probe", "kill-outside-pid")
    release = os.uname().release
    assert re.search(rf"^escapement: kernel {re.escape(release)} \S+, cgroup (v1|v2|hybrid|none), uid {os.getuid()}, "
                     "must-work no$", text, re.M)
    _, text = suite("--profile", "open", "--probe", "kill-outside-pid", env={"ESCAPEMENT_MUST_WORK": "1"})
    assert "must-work yes" in text


def test_broken_is_an_error(suite, fakes):
    status, text = suite("--profile", "open", "--probe", "mute", escapement=fakes)
    assert status == 1
    assert became(text) == {"open-mute": "ERROR"}
    assert "without a claim" in text


def test_not_testable_is_a_skip_and_a_failure_where_everything_must_work(suite, fakes):
    args = ("--profile", "open", "--probe", "undecided")
    status, text = suite(*args, escapement=fakes)
    assert status == 0 and "1 skipped" in text
    assert "reached no decision" in text
    status, text = suite(*args, escapement=fakes, env={"ESCAPEMENT_MUST_WORK": "1"})
    assert status == 1
    assert became(text) == {"open-undecided": "ERROR"}


def test_another_user_attacks_in_a_guest(suite, kernel):
    """As far up the ladder as nobody can build it, and on a kernel that is told something."""
    status, text = suite("--kernel", "release", "--cgroup", "v2", "--guest-user", "nobody", "--kernel-parameters", "lsm=",
                         "--profile", "ladder", "--probe", "kill-outside-pid")
    assert status == 0, text
    assert became(text) == {f"release-v2-lsm=-nobody-{profile}-kill-outside-pid": "PASSED" for profile in ("open", "unshare", "rootless")}
    assert "pivot cannot be built by this user" in text and "strict cannot be built by this user" in text


def test_each_process_has_guests_of_its_own(suite, kernel):
    """Else one waits while the other's machine runs, and no two run at a time."""
    need_module("xdist")
    _, text = suite("--kernel", "release", "--profile", "open", "--profile", "lost.toml", "--probe", "kill-outside-pid",
                    "--probe", "fork-bomb", "-n2", "-v")
    ran = re.findall(r"^\[(gw\d)\].* (?:PASSED|FAILED) \S+test_holds\[release-(v2|hybrid)-", text, re.M)
    assert len(ran) == 8, text
    assert {mode: {worker for worker, of in ran if of == mode} for mode in ("v2", "hybrid")} in (
        {"v2": {"gw0"}, "hybrid": {"gw1"}}, {"v2": {"gw1"}, "hybrid": {"gw0"}}), text


@pytest.mark.parametrize("workers", ((), ("-n2",)), ids=("alone", "xdist"))
def test_a_profile_is_run_once(suite, plan, tmp_path, workers):
    if workers:
        need_module("xdist")
    script = tmp_path / "escapement"
    script.write_text(f'#!/bin/sh\ncase $1 in run) echo "$@" >>{tmp_path}/runs ;; esac\nexec {plan.escapement} "$@"\n')
    script.chmod(0o755)
    status, text = suite("--profile", "open", "--profile", "lost.toml", "--probe", "kill-outside-pid", "--probe", "fork-bomb",
                         *workers, escapement=script)
    assert len(became(text)) == 4, text
    assert len((tmp_path / "runs").read_text().splitlines()) == 2


@pytest.mark.parametrize("option", ("profile", "probe", "target"))
def test_a_name_that_does_not_exist_is_bad_usage(suite, option):
    status, text = suite(f"--{option}", "no-such")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert f"--{option} no-such: there is no such {option}" in text


def test_without_the_program_it_says_what_to_do(suite):
    status, text = suite(escapement="/no/such/escapement")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "/no/such/escapement: there is no such program" in text and "--escapement" in text
