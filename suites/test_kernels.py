"""Other kernels in virtual machines: whatever goes wrong with one is a failure that says what, never a pass and never a hang."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from escapement import differences, guest, kernels, matrix, programs
from escapement.cells import Plan
from escapement.explanations import FACTS, Where, explain


def boot(kernel, *command, **options):
    return guest.run(guest.Guest(kernel, list(command), accelerator="tcg", **options))


def test_a_guest_answers(kernel):
    """With the command's status and output, its own kernel, and the modules that attacks need."""
    answer = boot(kernel, "sh", "-c", "uname -r; ls /dev/net/tun; exit 7")
    assert answer.status == 7
    assert answer.output.split() == [kernel.image.resolve().parent.name, "/dev/net/tun"]


@pytest.mark.parametrize("mode, listed", [("v2", "cgroup.controllers"), ("hybrid", "unified")])
def test_control_groups_are_mounted_as_asked(kernel, mode, listed):
    assert listed in boot(kernel, "ls", "/sys/fs/cgroup", cgroup=mode).output.split()


def test_a_panic_shows_the_last_words(kernel):
    with pytest.raises(guest.GuestFailed, match=r"the guest's kernel failed: Kernel panic[^\n]*\n(?s:.*)not syncing"):
        boot(kernel, "true", append="rdinit=/nothing root=/dev/nothing")


def test_a_panic_is_a_failure_whatever_was_answered(kernel):
    with pytest.raises(guest.GuestFailed, match="Kernel panic"):
        boot(kernel, "sh", "-c", "echo 0 > /dev/ttyS2; sleep 1; echo c > /proc/sysrq-trigger")


def test_a_hang_ends(kernel):
    with pytest.raises(guest.TimeIsUp, match=r"not done after 20 s\n(?s:.*)\[ *\d+\.\d+\] "):
        boot(kernel, "sleep", "1000", timeout=20)


def test_what_is_no_kernel_is_none(kernel, tmp_path):
    (tmp_path / "kernel").write_bytes(bytes(1 << 20))
    with pytest.raises(guest.GuestFailed):
        boot(kernels.find(str(tmp_path / "kernel")), "true", timeout=30)


def qemu_of(process: int) -> int | None:
    for child in Path(f"/proc/{process}/task").glob("*/children"):
        for pid in child.read_text().split():
            if Path(f"/proc/{pid}/comm").read_text().startswith("qemu"):
                return int(pid)
    return None


def test_a_killed_machine_is_no_answer(kernel):
    failure = []

    def attempt():
        try:
            boot(kernel, "sleep", "1000")
        except guest.GuestFailed as error:
            failure.append(str(error))

    runner = threading.Thread(target=attempt)
    runner.start()
    while runner.is_alive() and (pid := qemu_of(os.getpid())) is None:
        time.sleep(0.05)
    time.sleep(1)
    os.kill(pid, 9)
    runner.join(30)
    assert failure and "QEMU ended by signal 9" in failure[0]


FILL = """
import sys
sys.path.insert(0, {path!r})
from escapement import guest, kernels
try:
    guest.run(guest.Guest(kernels.find("release"), ["true"], accelerator="tcg"))
except guest.GuestFailed as error:
    sys.exit(str(error))
"""


def test_a_full_disk_is_no_answer(as_root, kernel, tmp_path):
    """In a mount namespace of its own, with a disk that the guest's files do not fit on."""
    script = FILL.format(path=str(programs.SOURCE / "pytest"))
    done = subprocess.run(["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=2m tmpfs "$1" && shift && exec "$@"', "sh",
                           tmp_path, sys.executable, "-c", script], env=programs.environment(TMPDIR=str(tmp_path)),
                          capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "the files of a guest cannot be written: [Errno 28] No space left on device" in done.stderr


def test_a_corrupt_kernel_is_not_booted(kernel, tmp_path, monkeypatch):
    directory = kernel.image.resolve().parent
    copy = tmp_path / "escapement/kernels/release"
    shutil.copytree(directory, copy)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kernels.find("release").image == copy / "vmlinuz"
    for name in "vmlinuz", f"modules/{kernel.modules[0].name}":
        original = (copy / name).read_bytes()
        (copy / name).write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
        with pytest.raises(kernels.NoKernel, match=f"{name} is not what was fetched: remove "):
            kernels.find("release")
        (copy / name).write_bytes(original)
    (copy / "modules.order").unlink()
    with pytest.raises(kernels.NoKernel, match="modules.order is not what was fetched"):
        kernels.find("release")


@pytest.mark.parametrize("name", ["7.0", "no-such", "./no/such/file"])
def test_an_unknown_kernel_is_bad_usage(name):
    with pytest.raises(kernels.NoKernel, match=f"--kernel {name}: "):
        kernels.find(name)


def test_a_place_is_named_by_what_it_differs_in():
    [one, other] = matrix.places(["6.1"], ["v2"], ["", "lsm=landlock apparmor=0"], ["root"])
    assert (one.name, other.name) == ("6.1-v2", "6.1-v2-lsm=landlock+apparmor=0")
    assert matrix.places(["host"], ["v2", "hybrid"], [""], ["root"]) == [matrix.Place()]
    everywhere = matrix.places(["all", "6.1"], ["v2", "hybrid"], [""], ["root", "nobody"])
    assert len({place.name for place in everywhere}) == len(everywhere) == len(kernels.RELEASES) * 4


def test_what_claims_most_is_attacked_unless_profiles_are_named():
    places = matrix.places(["6.1"], ["v2"], [""], ["root", "nobody"])
    plan = Plan(Path("escapement"), ["open", "strict", "rootless"], ["isolator"], ["fork-bomb"], ladder=False, by_user=True, places=places)
    assert [(pair.place.name, pair.profile) for pair in plan.pairs()] == [("6.1-v2", "strict"), ("6.1-v2-nobody", "rootless")]
    assert len(replace(plan, by_user=False).pairs()) == 6


def test_verdicts_that_differ_are_a_table():
    def cell(place, probe, verdict):
        return {"place": place, "profile": "strict", "probe": probe, "verdict": verdict}

    assert differences.not_run([cell("5.10-v2", "a", "contained"), cell("sid-v2", "a", "contained") | {"profile": "judge"}]) == [
        "judge: not run at 5.10-v2", "strict: not run at sid-v2"]
    cells = [cell("5.10-v2", "a", "contained"), cell("sid-v2", "a", "contained"), cell("5.10-v2", "b", "not-testable"),
             cell("sid-v2", "b", "escaped"), cell("sid-v2", "c", "broken"), {}]
    assert differences.table(cells) == ["profile  probe  5.10-v2  sid-v2   explained by",
                                        "strict   b      -        ESCAPED  unexplained",
                                        "strict   c      not run  BROKEN   unexplained"]


OLD = Where("5.10.0-32-cloud-amd64", "v2", options={"CONFIG_IO_URING": "y"},
            sysctls={"kernel.perf_event_paranoid": "3", "user.max_user_namespaces": "7823"})
NEW = Where("6.12.1", "v2", options={"CONFIG_IO_URING": "y", "CONFIG_AF_UNIX_OOB": "y"},
            sysctls={"kernel.perf_event_paranoid": "2", "kernel.io_uring_disabled": "0", "user.max_user_namespaces": "7755"})


def why(probe: str, **verdicts: str) -> str:
    """Old and new are kernels, each with both ways to mount control groups."""
    places = {"old": OLD, "new": NEW, "old_v1": replace(OLD, cgroup="hybrid"), "new_v1": replace(NEW, cgroup="hybrid")}
    return explain(probe, verdicts, {name: places[name] for name in verdicts})


@pytest.mark.parametrize("probe, expected", [
    ("perf-event-open", "kernel.perf_event_paranoid (perf_event_open(2))"),
    ("mount-setattr-clear-ro", "mount_setattr(2), Linux 5.12 (mount_setattr(2))"),
    ("msg-oob-unix", "MSG_OOB of AF_UNIX, Linux 5.15 (unix(7)); CONFIG_AF_UNIX_OOB (net/unix/Kconfig)"),
    ("seccomp-io-uring-bypass", "kernel.io_uring_disabled (admin-guide/sysctl/kernel)"),
    ("userns-bpf-token", "BPF_TOKEN_CREATE, Linux 6.9 (bpf(2))"),
    ("kill-outside-pid", "unexplained")])
def test_what_differs_as_the_verdicts_do_explains_them(probe, expected):
    assert why(probe, old="not-testable", new="contained") == expected


def test_what_differs_in_another_way_explains_nothing():
    assert why("perf-event-open", old="contained", old_v1="escaped") == "how control groups are mounted (cgroups(7))"
    assert why("perf-event-open", old="contained", old_v1="escaped", new="contained", new_v1="contained") == \
        "kernel.perf_event_paranoid (perf_event_open(2)) and how control groups are mounted (cgroups(7))"
    assert why("mount-setattr-clear-ro", old="contained", new="contained", old_v1="escaped", new_v1="escaped") == \
        "how control groups are mounted (cgroups(7))"


def test_what_is_not_known_explains_nothing():
    places = {"old": replace(OLD, options=None), "new": NEW}
    assert explain("ksm-thp-uffd", {"old": "contained", "new": "escaped"}, places) == "unexplained"
    assert explain("perf-event-open", {"old": "contained", "new": "escaped"}, {"old": OLD}) == "unexplained"


def test_explanations_are_of_attacks_that_there_are(plan):
    listed = {probe["id"] for probe in programs.answer(plan.escapement, "list", "probes")}
    assert set().union(*(fact.probes or () for fact in FACTS)) <= listed
    assert not [fact.name for fact in FACTS if not fact.says]
