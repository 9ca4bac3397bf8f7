"""The same programs on Debian's own kernel in a virtual machine, where all controllers are of cgroup v2, and where all that can be
are of v1: a host has them in one way only. The processor is emulated, so that no figure of a guest tells anything about speed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from escapement.plugin import cannot_test

SUITES = Path(__file__).parent
TIMEOUT = 600  # seconds; a guest takes about 100 s on an idle machine
MODES = ("v2", "hybrid")
PROBES = ("chown-without-cap-chown", "chroot-double-escape", "fork-bomb", "kill-outside-pid", "memory-hog")
FAMILIES = ("administration", "allowance", "clock", "host-fact", "module", "process-file", "raw-io", "rtc", "setting", "socket-family")
# What the kernel of a host may lack, and Debian's has.
ONLY_HERE = {"cap-sys-module", "cap-delete-module", "cap-kexec", "cap-sys-rawio-iopl", "cap-sys-rawio-mem", "wake-alarm",
             "proc-sysrq-write", "proc-acpi-asound-scsi-write", "cap-sys-resource", "cap-mac-admin", "oom-adj-lower",
             "sysfs-debugfs-tracefs", "rtc-dev", "af-alg"}
TESTS = "Cgroup*:Process.*:Posture.*:Layers.*:All/Layers.*:All/Limited.*:Abi/Landlock*"
# What the tests start, as Debian has it: that of busybox has other words.
COMMANDS = {name: name for name in ("bash", "cat", "head", "id", "nice", "setpriv")} | {"dash": "sh"}
SCRIPT = f"""
/opt/tests/isolator_test --gtest_filter='{TESTS}' --gtest_brief=1; echo "isolator_test: $?"
/opt/bin/escapement run --profile strict --profile rootless --patience 60 --format json
"""


class Guest:
    """A virtual machine that has been started, and what it printed once it has ended."""

    def __init__(self, build: Path, scratch: Path, mode: str):
        script, probes = scratch / "script", scratch / "probes"
        script.write_text(SCRIPT)
        probes.mkdir()
        for name in (*PROBES, *FAMILIES, "list-host-interfaces"):
            shutil.copy(build / "probes" / name, probes)
        profiles = SUITES / "profiles"
        files = [(build / "bin/escapement", "/opt/bin/escapement"), (build / "bin/isolator", "/opt/bin/isolator"),
                 (build / "tests/isolator_test", "/opt/tests/isolator_test"), (probes, "/opt/probes"), (script, "/script"),
                 (SUITES.parent / "isolator/testdata", SUITES.parent / "isolator/testdata"),
                 (profiles, profiles), (profiles, "/opt/share/escapement/profiles"),
                 (SUITES / "guarantees.toml", "/opt/share/escapement/guarantees.toml")]
        files += [(shutil.which(name), f"/usr/bin/{called}") for name, called in COMMANDS.items()]
        command = [SUITES / "vm/boot", f"--cgroup={mode}", "--memory=2048", "--disk=16", f"--timeout={TIMEOUT}"]
        command += [f"--file={host}:{guest}" for host, guest in files]
        self.said, self.errors = ((scratch / name).open("w+") for name in ("said", "errors"))
        self.machine = subprocess.Popen([*command, "--", "sh", "/script"], stdout=self.said, stderr=self.errors)

    def wait(self) -> Guest:
        self.status = self.machine.wait()
        for output in (self.said, self.errors):
            output.seek(0)
        self.tests, brace, report = self.said.read().partition("\n{")
        assert brace, f"exit status {self.status}, no report: {self.tests}{self.errors.read()}"
        self.report = json.loads("{" + report)
        return self


@pytest.fixture(scope="module")
def guests(build, kernel, tmp_path_factory):
    """Both at once: an emulated machine takes one processor of the host's."""
    if missing := [name for name in COMMANDS if not shutil.which(name)]:
        cannot_test(f"needs {', '.join(missing)} for the guest")
    started = {mode: Guest(build, tmp_path_factory.mktemp(mode), mode) for mode in MODES}
    yield started
    for each in started.values():
        each.machine.terminate()  # which does nothing to one that was waited for
        each.machine.wait()


@pytest.fixture(scope="module", params=MODES)
def guest(request, guests) -> Guest:
    return guests[request.param].wait()


def test_the_hosts_report_says_where_it_ran(guest, request):
    assert guest.report["host"]["cgroup"] == request.node.callspec.params["guest"]
    assert guest.report["host"]["kernel"] != os.uname().release


def test_the_tests_pass(guest):
    assert "isolator_test: 0" in guest.tests, guest.tests
    assert "SKIPPED" not in guest.tests, guest.tests


@pytest.mark.parametrize("profile", ("strict", "rootless"))
def test_what_is_claimed_is_kept(guest, profile):
    assert guest.status == 0
    run = next(run for run in guest.report["runs"] if run["profile"] == profile)
    verdicts = {result["probe"]: (result["verdict"], result["reason"]) for result in run["results"]
                if not result.get("absent") and result["claimed"]}
    assert {verdict for verdict, _ in verdicts.values()} == {"contained"}, verdicts


def test_what_only_this_kernel_has_is_attacked(guest):
    run = next(run for run in guest.report["runs"] if run["profile"] == "strict")
    fired = {result["probe"] for result in run["results"] if result["control"]["verdict"] == "escaped"}
    assert ONLY_HERE <= fired, {result["probe"]: result["control"]["reason"] for result in run["results"]}
