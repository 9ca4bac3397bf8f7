"""Runs a command as root in a virtual machine of its own: any kernel, and of the host nothing but the files that are named.

The guest has busybox, a tmpfs as its root, and three serial ports: the kernel's console, the command's output, its status.
QEMU emulates the processors (TCG), which takes no privilege and works inside of other machines, unless a guest was seen to
start with KVM: that /dev/kvm can be opened does not show that it works.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from escapement import initramfs
from escapement.kernels import Kernel, cache

HEARTBEAT = 5  # seconds in which a guest with KVM has to say its first word
LAST_WORDS = 4000  # characters of a console that are shown

INIT = """#!/bin/busybox sh
if [ "$1" != ready ]; then
  # The kernel lets nobody pivot_root(2) away from an initramfs: so the root becomes a tmpfs first.
  /bin/busybox mkdir -p /root
  /bin/busybox mount -t tmpfs -o mode=755 root /root
  for each in /*; do [ "$each" = /root ] || /bin/busybox cp -a "$each" /root; done
  exec /bin/busybox switch_root /root /init ready
fi
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ TERM=dumb
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
ln -s /proc/self/fd /dev/fd
mkdir -p /dev/shm /dev/pts /dev/mqueue /etc /home /run /usr/bin /var/log /var/tmp
mount -t tmpfs tmpfs /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t mqueue mqueue /dev/mqueue
mount -t tmpfs tmpfs /tmp
mount -t tmpfs -o mode=755 tmpfs /run
chmod 1777 /tmp /var/tmp
mount -t securityfs securityfs /sys/kernel/security
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
ip link set lo up
echo 'root:*:20000:0:99999:7:::' > /etc/shadow; chmod 600 /etc/shadow
cp /bin/busybox /usr/bin/su; chmod 4755 /usr/bin/su
while read -r module; do insmod "/modules/$module" || echo "insmod $module failed" > /dev/console; done < /modules.order
{cgroup}
stty -F /dev/ttyS1 raw
sh /command < /dev/null > /dev/ttyS1 2>&1
echo $? > /dev/ttyS2
poweroff -f
"""

CGROUP = {
    "v2": "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
    # As systemd has it: v1 has every controller that it knows (since Linux 6.12 memory may not be one: CONFIG_MEMCG_V1).
    "hybrid": """mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
while read -r name _ _ enabled; do
  [ "$enabled" = 1 ] || continue
  mkdir "/sys/fs/cgroup/$name"
  mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" || rmdir "/sys/fs/cgroup/$name"
done < /proc/cgroups
mkdir /sys/fs/cgroup/unified
mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified""",
}


@dataclass(frozen=True)
class Guest:
    kernel: Kernel
    command: list[str]
    files: dict[str, Path] = field(default_factory=dict)  # guest path -> file or directory of the host
    cgroup: str = "v2"
    append: str = ""  # to the kernel's command line
    memory: int = 512  # MiB
    disk: int = 0  # MiB; 0: none
    timeout: float = 120  # seconds
    accelerator: str = "auto"  # or kvm, or tcg


@dataclass(frozen=True)
class Answer:
    status: int
    output: str


class GuestFailed(Exception):
    """Why there is no answer, with the last words of the guest's kernel."""


class TimeIsUp(GuestFailed):
    pass


running: set[subprocess.Popen] = set()


def stop_all() -> None:
    """Ends the guests of all threads, which fail then."""
    for machine in list(running):
        machine.kill()


def run(guest: Guest) -> Answer:
    """Starts the guest, and waits for its end. A kernel that has panicked or printed an oops has failed, whatever the command
    answered."""
    busybox = shutil.which("busybox")
    if not busybox:
        raise GuestFailed("busybox is needed for a guest: install busybox-static")
    try:
        with tempfile.TemporaryDirectory(prefix="escapement-guest-") as scratch:
            with (Path(scratch) / "initramfs").open("wb") as archive:
                modules = {f"/modules/{path.name}": path for path in guest.kernel.modules}
                texts = {"/init": INIT.format(cgroup=CGROUP[guest.cgroup]), "/command": shlex.join(guest.command) + "\n",
                         "/modules.order": "".join(f"{path.name}\n" for path in guest.kernel.modules)}
                initramfs.write(archive, texts, {"/bin/busybox": Path(busybox), **modules, **guest.files})
            return start(guest, Path(scratch))
    except OSError as error:
        raise GuestFailed(f"the files of a guest cannot be written: {error}") from error


def start(guest: Guest, scratch: Path) -> Answer:
    accelerators = ("kvm", "tcg") if guest.accelerator == "auto" and kvm_may_work() else (guest.accelerator.replace("auto", "tcg"),)
    for accelerator in accelerators:
        with subprocess.Popen(command_of(guest, scratch, accelerator), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=(scratch / "qemu").open("wb")) as qemu:
            running.add(qemu)
            try:
                if accelerator == "kvm" and guest.accelerator == "auto" and not has_heartbeat(qemu, scratch / "console"):
                    remember_that_kvm_hangs()
                    continue
                qemu.wait(guest.timeout)
            except subprocess.TimeoutExpired:
                raise TimeIsUp(f"the guest was not done after {guest.timeout:g} s{last_words(scratch)}") from None
            finally:
                qemu.kill()
                running.discard(qemu)
    return answer_of(scratch, qemu.returncode)


def answer_of(scratch: Path, ended: int) -> Answer:
    # An emulated processor may stand still for long where the host is busy: a soft lockup is none of its own.
    if broken := re.search(r"Kernel panic.*|Oops: .*|BUG: (?!soft lockup).*|general protection fault.*", read(scratch / "console")):
        raise GuestFailed(f"the guest's kernel failed: {broken[0].strip()}{last_words(scratch)}")
    status = read(scratch / "status").strip()
    if not status.isdigit():
        how = f"by signal {-ended}" if ended < 0 else f"with status {ended}"
        said = read(scratch / "qemu").strip()
        raise GuestFailed(f"the guest did not answer; QEMU ended {how}{': ' * bool(said)}{said}{last_words(scratch)}")
    return Answer(int(status), read(scratch / "output"))


def read(path: Path) -> str:
    return path.read_text(errors="replace") if path.exists() else ""


def last_words(scratch: Path) -> str:
    said = read(scratch / "console")[-LAST_WORDS:].strip()
    return f"\n{said}" if said else "\n(its console said nothing)"


def command_of(guest: Guest, scratch: Path, accelerator: str) -> list[str]:
    # QEMU 7.2 corrupts the flags at cmpxchg16b, and with a thread for each processor it runs code that the other has
    # already patched: Linux 6.12 dies of either, now and then.
    processor = {"kvm": ["-accel", "kvm", "-cpu", "host"], "tcg": ["-accel", "tcg,thread=single", "-cpu", "max,-cx16"]}
    disk = []
    if guest.disk:  # as NVMe, whose driver Debian's kernels have built in
        with (scratch / "disk").open("wb") as image:
            image.truncate(guest.disk << 20)
        disk = ["-drive", f"file={scratch}/disk,if=none,id=disk,format=raw", "-device", "nvme,drive=disk,serial=disk"]
    for name in ("console", "output", "status"):
        (scratch / name).unlink(missing_ok=True)
    # It must not outlive this process, however that ends.
    return ["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", *processor[accelerator], "-smp", "2", "-m", str(guest.memory), "-nodefaults", "-no-reboot",
            "-display", "none", "-kernel", str(guest.kernel.image), "-initrd", str(scratch / "initramfs"),
            "-append", f"console=ttyS0 panic=-1 mitigations=off escapement.guest {guest.kernel.parameters} {guest.append}", *disk,
            *(word for name in ("console", "output", "status") for word in ("-serial", f"file:{scratch / name}"))]


def never_again() -> Path:
    """There since a guest with KVM hung on this host, as it was booted this time."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return cache() / f"kvm-hangs-{boot}"


def remember_that_kvm_hangs() -> None:
    never_again().parent.mkdir(parents=True, exist_ok=True)
    never_again().touch()


def kvm_may_work() -> bool:
    return os.access("/dev/kvm", os.R_OK | os.W_OK) and not never_again().exists()


def has_heartbeat(qemu: subprocess.Popen, console: Path) -> bool:
    end = time.monotonic() + HEARTBEAT
    while time.monotonic() < end and qemu.poll() is None:
        if read(console):
            return True
        time.sleep(0.05)
    return bool(read(console))
