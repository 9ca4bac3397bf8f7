"""Guests on several machines, by pytest-xdist: each machine boots its own, and the verdicts come together in one session.

The machines are made of what a host has: a host name, a network and a home of their own, reached by a program called ssh."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from escapement import programs
from escapement.untestable import cannot_test, need_module

# As ssh -C MACHINE COMMAND, where each MACHINE is a directory.
SSH = """#!/bin/sh
machine=$2
shift 2
mkdir -p {top}/$machine/tmp && cd {top}/$machine || exit
export TMPDIR={top}/$machine/tmp
exec unshare --net --uts sh -c 'hostname "$1"; shift; ip link set lo up; exec sh -c "$*"' sh "$machine" "$@"
"""

TESTS = """
import socket

def test_holds(cell, record_property):
    record_property("machine", socket.gethostname())
    cell.holds()
"""


@pytest.fixture
def machines(tmp_path, plan, as_root):
    """Runs pytest of another project on several machines; returns its status and its output."""
    need_module("xdist")
    if (refused := programs.call(Path("unshare"), "--net", "--uts", "true")).returncode:
        cannot_test(f"needs network namespaces: {refused.stderr.strip()}")
    project, fake = tmp_path / "project", tmp_path / "fake/ssh"
    for directory in (project, fake.parent):
        directory.mkdir()
    fake.write_text(SSH.format(top=tmp_path))
    fake.chmod(0o755)
    (project / "test_mine.py").write_text(TESTS)
    (project / "lost.toml").write_text('name = "lost"\nclaims = ["process.signal"]\n')

    def run(*args, places=("machine-a", "machine-b")):
        tx = [word for place in places for word in ("--tx", f"ssh={place}//python={sys.executable}")]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "escapement.plugin", "-p", "no:cacheprovider", "-rA", "-v",
             f"--escapement={plan.escapement}", f"--junitxml={tmp_path}/report.xml", "--rsyncdir", project, "--dist", "loadgroup",
             *tx, *args, project],
            cwd=project, capture_output=True, text=True, check=False, timeout=programs.LIMIT, stdin=subprocess.DEVNULL,
            env=programs.environment(PYTHONPATH=str(programs.SOURCE / "pytest"), PATH=f"{fake.parent}:{os.environ['PATH']}"))
        return done.returncode, done.stdout + done.stderr

    return run


def where(report: Path) -> dict[str, set[str]]:
    """By place, the machines on which its tests ran."""
    found: dict[str, set[str]] = {}
    for case in re.findall(r"<testcase.*?</testcase>", report.read_text(), re.S):
        kept = dict(re.findall(r'<property name="(\w+)" value="([^"]*)"', case))
        found.setdefault(kept["place"], set()).add(kept["machine"])
    return found


def test_each_guest_is_booted_on_one_machine(machines, kernel, tmp_path):
    status, text = machines("--kernel=release", "--kernel-parameters=quiet", "--kernel-parameters=loglevel=3", "--cgroup=v2",
                            "--profile=open", "--profile=unshare", "--probe=kill-outside-pid", "--probe=fork-bomb")
    assert status == 0, text
    assert text.count("PASSED") >= 8, text
    at = where(tmp_path / "report.xml")
    assert set(at) == {"release-v2-quiet", "release-v2-loglevel=3"}
    assert all(len(each) == 1 for each in at.values()), at
    assert set.union(*at.values()) == {"machine-a", "machine-b"}
    assert "none: the same on release-v2-loglevel=3, release-v2-quiet" in text
    for machine in ("machine-a", "machine-b"):
        [reports] = (tmp_path / machine / "tmp").glob("*/escapement-reports-*")
        assert len(list(reports.glob("*.json"))) == 1


def test_a_report_of_an_earlier_session_is_not_taken_for_one_of_this(machines, tmp_path):
    for _ in range(2):
        status, text = machines("--profile=open", "--probe=kill-outside-pid", places=("machine-a",))
        assert status == 0, text
    assert len(list((tmp_path / "machine-a/tmp").glob("*/escapement-reports-*/*.json"))) == 2
