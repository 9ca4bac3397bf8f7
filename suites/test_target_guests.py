"""Targets that want another host than this may be: crun one without hybrid control groups."""

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
}

WANTED = {"crun": (("crun",), (), "")}  # programs, files, and what to do before


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
