"""Targets that want another host than this may be: crun one without hybrid control groups, systemd-run one whose service manager is systemd."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SUITES = Path(__file__).parent
MUST_BE_HERE = os.environ.get("ESCAPEMENT_TARGETS") == "1"
TIMEOUT = 300  # seconds; one takes about 30 s on an idle machine
PROBES = ("kill-outside-pid", "chroot-double-escape", "fork-bomb", "memory-hog", "descriptor", "call")

# What is known of them: whether an attack gets out of (the defaults, the closest to strict).
KNOWN = {
    "crun": {"kill-outside-pid": "cc", "mount-syscall": "cc", "fork-bomb": "ec", "memory-hog": "ec", "fd-leak-inventory": "cc"},
    # systemd 252 gives a service no PID namespace.
    "systemd-run": {"kill-outside-pid": "ee", "mount-syscall": "ec", "fork-bomb": "ec", "memory-hog": "ec", "fd-leak-inventory": "cc"},
}

# A systemd wants to be the first process, and to have its control group for itself: so it is that of a PID namespace, and what
# starts it stays outside. It says who it is on the bus only where the policy that comes with it is there.
SYSTEMD = """
mkdir -p /etc /run/systemd/system /run/dbus
printf '%s\\n' root:x:0:0::/:/bin/sh messagebus:x:101:101::/:/bin/false > /etc/passwd
printf '%s\\n' root:x:0: messagebus:x:101: > /etc/group
echo 0123456789abcdef0123456789abcdef > /etc/machine-id
sed 's/^/+/; s/ / +/g' /sys/fs/cgroup/cgroup.controllers > /sys/fs/cgroup/cgroup.subtree_control
mkdir /sys/fs/cgroup/manager
cat > /begin <<'END'
mount --make-rprivate /
mount -t proc proc /proc
umount /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec env -i PATH=$PATH container=other /usr/lib/systemd/systemd --system --unit=basic.target > /systemd.log 2>&1
END
/usr/bin/unshare --pid --fork --mount --kill-child \\
  sh -c 'echo 0 > /sys/fs/cgroup/manager/cgroup.procs; exec /usr/bin/unshare --cgroup sh /begin' &
waited=0
until [ -S /run/systemd/private ] || [ $waited -gt 60 ]; do sleep 1; waited=$((waited + 1)); done
inside() { /usr/bin/nsenter --target $(pidof systemd) --mount --pid --cgroup "$@"; }
inside systemctl start dbus.service || { cat /systemd.log; exit 125; }
inside systemd-run --quiet --pipe --wait --collect -p Delegate=yes """

SYSTEMD_FILES = ("/usr/lib/systemd/systemd", "/usr/lib/systemd/system", "/usr/share/dbus-1/system.conf",
                 "/usr/share/dbus-1/system.d/org.freedesktop.systemd1.conf")
WANTED = {"crun": (("crun",), (), ""),
          "systemd-run": (("systemd-run", "systemctl", "unshare", "nsenter", "dbus-daemon"), SYSTEMD_FILES, SYSTEMD)}


@pytest.fixture(scope="module", params=WANTED)
def found(request, build, kernel, tmp_path_factory):
    """The target, and profile -> probe -> verdict, reason."""
    programs, paths, before = WANTED[request.param]
    missing = [name for name in programs if not shutil.which(name)] + [path for path in paths if not Path(path).exists()]
    if missing:
        assert not MUST_BE_HERE, missing
        pytest.skip(f"needs {', '.join(missing)} for the guest")
    scratch = tmp_path_factory.mktemp(request.param)
    probes = scratch / "probes"
    probes.mkdir()
    for name in PROBES:
        shutil.copy(build / "probes" / name, probes)
    script = scratch / "script"
    script.write_text(f"export PATH=/usr/bin:/bin\n{before}/opt/bin/escapement run --target {request.param} --patience 30 --format json\n")
    files = [(build / "bin/escapement", "/opt/bin/escapement"), (probes, "/opt/probes"), (script, "/script"),
             (SUITES / "profiles", "/opt/share/escapement/profiles"),
             (SUITES / "guarantees.toml", "/opt/share/escapement/guarantees.toml")]
    files += [(shutil.which(name), f"/usr/bin/{name}") for name in programs] + [(path, path) for path in paths]
    command = [SUITES / "vm/boot", "--cgroup=v2", "--memory=1024", f"--timeout={TIMEOUT}",
               *(f"--file={host}:{guest}" for host, guest in files)]
    done = subprocess.run([*command, "--", "sh", "/script"], capture_output=True, text=True, check=False)
    assert "{" in done.stdout, done.stdout + done.stderr
    report = json.loads(done.stdout[done.stdout.index("{"):])
    return request.param, {run["profile"]: {result["probe"]: (result["verdict"], result["reason"]) for result in run["results"]}
                           for run in report["runs"]}


def test_what_is_known_of_it_is_found(found):
    target, verdicts = found
    for probe, known in KNOWN[target].items():
        for profile, letter in zip(("default", "strict"), known):
            assert verdicts[profile][probe][0] == {"c": "contained", "e": "escaped"}[letter], (profile, probe, verdicts[profile][probe])


def test_nothing_is_broken(found):
    _, verdicts = found
    assert not [(probe, why) for cells in verdicts.values() for probe, (verdict, why) in cells.items() if verdict == "broken"]
