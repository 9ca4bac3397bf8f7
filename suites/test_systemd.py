"""A user whom systemd gives a cgroup: a virtual machine with cgroup v2, and a user's systemd in it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from escapement.plugin import cannot_test

SUITES = Path(__file__).parent
TIMEOUT = 300  # seconds; it takes about 15 s on an idle machine
PROGRAMS = ("busctl", "dbus-daemon", "setpriv", "systemd-run")
DATA = ("/usr/lib/systemd/systemd", "/usr/lib/systemd/user", "/usr/share/dbus-1/session.conf")
LIMITS = """--profile rootless --set limits.pids=8 --set 'mounts+={type="bind",source="/bin/busybox",target="/busybox"}'"""

# The session's cgroup is root's, as a login's is; that of the user's systemd is his. To move a process from one to the other
# he needs the cgroup.procs above both, or a systemd as the first process that does it for him: cgroups(7), "Delegation".
BEGIN = """
mkdir -p /etc /run/systemd/system /run/user/1000
printf '%s\\n' root:x:0:0::/:/bin/sh user:x:1000:1000::/tmp:/bin/sh > /etc/passwd
printf '%s\\n' root:x:0: user:x:1000: > /etc/group
chown user:user /run/user/1000
chmod 700 /run/user/1000
cd /sys/fs/cgroup
controllers=$(sed 's/^/+/; s/ / +/g' cgroup.controllers)
echo "$controllers" > cgroup.subtree_control
mkdir user
echo "$controllers" > user/cgroup.subtree_control
mkdir user/manager user/session
chown user:user user/cgroup.procs user/manager user/manager/cgroup.procs user/manager/cgroup.subtree_control
cd /
export XDG_RUNTIME_DIR=/run/user/1000
as_user() { /usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }
(echo 0 > /sys/fs/cgroup/user/manager/cgroup.procs; exec /usr/bin/setpriv --reuid 1000 --regid 1000 --clear-groups \\
  /usr/lib/systemd/systemd --user --unit=dbus.socket --log-target=console > /systemd.log 2>&1) &
waited=0
while [ ! -S /run/user/1000/bus ] && [ $waited -lt 60 ]; do sleep 1; waited=$((waited + 1)); done
echo 0 > /sys/fs/cgroup/user/session/cgroup.procs
"""

# name -> what the user types
CASES = {
    "limited": f"/opt/bin/isolator run --json {LIMITS} -- /busybox sh -c 'for i in 1 2 3 4 5 6 7 8 9; do /busybox sleep 1 & done'",
    "left": "sleep 1; find /sys/fs/cgroup/user -name '*.scope' ! -name init.scope",
    "posture": f"/opt/bin/isolator posture {LIMITS}",
    "doctor": "/opt/bin/isolator doctor",
    "harness": """/opt/bin/escapement run --profile rootless --set 'limits.memory="64MiB"' --probe memory-hog --patience 60 --format json""",
    "no systemd": f"env -u XDG_RUNTIME_DIR /opt/bin/isolator run {LIMITS} -- /busybox true",
    "refused": f"env DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere /opt/bin/isolator run {LIMITS} -- /busybox true",
    "delegated": "env DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere systemd-run --user --scope --quiet -p Delegate=yes"
                 f" /opt/bin/isolator run {LIMITS} -- /busybox true",
}


@pytest.fixture(scope="module")
def answers(build, kernel, tmp_path_factory):
    """name -> exit status, output"""
    if missing := [path for path in (*PROGRAMS, *DATA) if not shutil.which(path) and not Path(path).exists()]:
        cannot_test(f"needs {', '.join(missing)} for the guest")
    scratch = tmp_path_factory.mktemp("systemd")
    script = scratch / "script"
    text = BEGIN
    for number, typed in enumerate(CASES.values()):
        (scratch / f"case{number}").write_text(f"export PATH=/usr/bin:/bin\n{typed}\n")
        text += f"as_user sh /cases/case{number} 2>&1; printf '\\0%s\\0' $?\n"
    script.write_text(text)
    files = [(script, "/script"), (build / "bin/isolator", "/opt/bin/isolator"), (build / "bin/escapement", "/opt/bin/escapement"),
             (build / "probes/memory-hog", "/opt/probes/memory-hog"),
             (SUITES / "profiles", "/opt/share/escapement/profiles"),
             (SUITES / "guarantees.toml", "/opt/share/escapement/guarantees.toml")]
    files += [(scratch / f"case{number}", f"/cases/case{number}") for number in range(len(CASES))]
    files += [(shutil.which(name), f"/usr/bin/{name}") for name in PROGRAMS] + [(path, path) for path in DATA]
    command = [SUITES / "vm/boot", "--memory=1024", f"--timeout={TIMEOUT}"]
    command += [f"--file={host}:{guest}" for host, guest in files]
    done = subprocess.run([*command, "--", "sh", "/script"], capture_output=True, text=True, check=False)
    said = done.stdout.split("\0")
    assert len(said) == 2 * len(CASES) + 1, f"exit status {done.returncode}: {done.stdout}{done.stderr}"
    return {name: (int(said[2 * i + 1]), said[2 * i]) for i, name in enumerate(CASES)}


def test_the_limit_is_kept(answers):
    _, said = answers["limited"]
    assert "can't fork" in said
    assert json.loads(said[said.index("{"):])["counters"] == {"pids.events.max": 1, "pids.peak": 8}


def test_the_scope_goes_with_its_last_process(answers):
    assert answers["left"] == (0, "")


def test_a_cgroup_that_was_delegated_is_used_as_it_is(answers):
    assert answers["delegated"] == (0, "")


def test_every_layer_is_there(answers):
    status, said = answers["posture"]
    assert status == 0, said
    assert "limits.pids" in said


def test_the_doctor_finds_what_systemd_gives(answers):
    _, said = answers["doctor"]
    rows = {row[2:].split()[0]: row for row in said.splitlines() if row.startswith(("  ", "! ")) and row[2:].strip()}
    for row in ("cgroup.pids", "cgroup.memory", "cgroup.cpu", "process.clone_into_cgroup"):
        assert " ok " in rows[row] and ".scope" in rows[row], said


def test_the_harness_asks_too(answers):
    status, said = answers["harness"]
    assert status == 0, said
    (result,) = json.loads(said)["runs"][0]["results"]
    assert result["verdict"] == "contained", result


def test_without_systemd_it_says_how_to_get_one(answers):
    status, said = answers["no systemd"]
    assert status == 125
    assert "/sys/fs/cgroup/user/session: Permission denied" in said
    assert "systemd-run --user --scope" in said


def test_what_systemd_refuses_is_told(answers):
    status, said = answers["refused"]
    assert status == 125
    assert "Failed to connect to bus" in said
