"""Why a verdict is another one on another kernel: the settings, options and versions of Linux of which the documentation says
that they decide about an attack, and that differ just as the verdicts do. What no line below decides stays unexplained."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

from escapement import kernels
from escapement.matrix import HOST, Place

ABSENT = "absent"


@dataclass(frozen=True)
class Where:
    """A place, as its report tells of it, and the options that its kernel was built with, where they are known."""

    kernel: str  # "6.1.0-50-cloud-amd64"
    cgroup: str = ""
    parameters: str = ""
    uid: int = 0
    lsm: tuple[str, ...] = ()
    sysctls: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] | None = None

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(map(int, re.findall(r"\d+", self.kernel)[:2]))


@dataclass(frozen=True)
class Fact:
    """Something that decides about attacks. `value` of a place is None where it is not known."""

    name: str
    value: Callable[[Where], str | None]
    probes: frozenset[str] | None  # None: all, for it was chosen for this place and is all that makes it another one
    says: str  # where it is documented


def sysctl(name: str, says: str, probes: str) -> Fact:
    return Fact(name, lambda place: place.sysctls.get(name, ABSENT), frozenset(probes.split()), says)


def option(name: str, says: str, probes: str) -> Fact:
    return Fact(name, lambda place: None if place.options is None else place.options.get(name, ABSENT),
                frozenset(probes.split()), says)


def since(version: str, what: str, says: str, probes: str) -> Fact:
    first = tuple(map(int, version.split(".")))
    return Fact(f"{what}, Linux {version}", lambda place: "there" if place.version >= first else ABSENT,
                frozenset(probes.split()), says)


def security_module(name: str, says: str, probes: str) -> Fact:
    return Fact(f"lsm={name}", lambda place: "on" if name in place.lsm else "off", frozenset(probes.split()), says)


OWN_NAMESPACES = ("userns-create userns-create-clone3-bypass userns-nested-depth userns-mapping-extend userns-bpf-token "
                  "userns-fsconfig userns-iptables-compat userns-nftables userns-packet userns-tc userns-xfrm")

FACTS = [
    sysctl("kernel.unprivileged_userns_clone", "Debian, a patch of its own", OWN_NAMESPACES),
    # The number goes by the size of the machine; 0 is none.
    Fact("user.max_user_namespaces", lambda place: "0" if place.sysctls.get("user.max_user_namespaces") == "0" else "some",
         frozenset(OWN_NAMESPACES.split()), "namespaces(7)"),
    sysctl("kernel.apparmor_restrict_unprivileged_userns", "AppArmor, Ubuntu's", OWN_NAMESPACES),
    sysctl("kernel.dmesg_restrict", "proc_sys_kernel(5)", "cap-syslog"),
    sysctl("kernel.kptr_restrict", "proc_sys_kernel(5)", "proc-kallsyms-addr"),
    sysctl("kernel.perf_event_paranoid", "perf_event_open(2)", "perf-event-open cap-perfmon proc-kallsyms-addr"),
    sysctl("kernel.unprivileged_bpf_disabled", "admin-guide/sysctl/kernel", "bpf-prog-load"),
    sysctl("kernel.io_uring_disabled", "admin-guide/sysctl/kernel", "seccomp-io-uring-bypass io-uring-sysctl"),
    sysctl("kernel.kexec_load_disabled", "admin-guide/sysctl/kernel", "cap-kexec"),
    sysctl("kernel.modules_disabled", "admin-guide/sysctl/kernel", "cap-sys-module cap-delete-module"),
    sysctl("kernel.yama.ptrace_scope", "admin-guide/LSM/Yama", "ptrace-other ptrace-supervisor-inside"),
    sysctl("dev.tty.legacy_tiocsti", "TIOCSTI(2const)", "tiocsti-own-tty tty-inject-fdtty"),
    sysctl("fs.protected_symlinks", "proc_sys_fs(5)", "sticky-world-dir-race"),
    sysctl("fs.suid_dumpable", "proc_sys_fs(5)", "dumpable"),
    sysctl("net.ipv4.ip_unprivileged_port_start", "ip(7)", "bind-privileged-port"),
    sysctl("net.ipv4.ping_group_range", "icmp(7)", "egress-icmp"),
    sysctl("vm.unprivileged_userfaultfd", "userfaultfd(2)", "userfaultfd"),
    since("5.11", "overlay in a user namespace", "user_namespaces(7)", "mount-overlay-userns overlay-upperdir-path-leak"),
    since("5.12", "mount_setattr(2)", "mount_setattr(2)", "mount-setattr-clear-ro idmapped-mount-create"),
    since("5.14", "cgroup.kill", "admin-guide/cgroup-v2", "cgroup-freeze-kill-host"),
    since("5.15", "MSG_OOB of AF_UNIX", "unix(7)", "msg-oob-unix"),
    since("6.0", "FS_IOC_SETFLAGS on tmpfs", "FS_IOC_SETFLAGS(2const)", "immutable-flag"),
    since("6.4", "user_events_data", "trace/user_events", "user-events-tracing"),
    since("6.9", "BPF_TOKEN_CREATE", "bpf(2)", "userns-bpf-token"),
    since("6.11", "NS_GET_MNTNS_ID", "NS_GET_MNTNS_ID(2const)", "listmount-host"),
    since("6.11", "PIDFD_GET_*_NAMESPACE", "linux/pidfd.h",
          "cgroupns-shared ipcns-shared mount-propagation-in netns-shared pid1-is-host-init utsns-shared nsid-initial "
          "ns-ioctl-parent-walk setns-own-noop"),
    option("CONFIG_AF_UNIX_OOB", "net/unix/Kconfig", "msg-oob-unix"),
    option("CONFIG_BPF_SYSCALL", "init/Kconfig", "bpf-prog-load cgroup-devices-bpf userns-bpf-token"),
    option("CONFIG_CGROUP_BPF", "init/Kconfig", "cgroup-devices-bpf"),
    option("CONFIG_IO_URING", "init/Kconfig", "seccomp-io-uring-bypass io-uring-sysctl"),
    option("CONFIG_KALLSYMS", "init/Kconfig", "proc-kallsyms-addr"),
    option("CONFIG_KSM", "mm/Kconfig", "ksm-thp-uffd"),
    option("CONFIG_MODIFY_LDT_SYSCALL", "arch/x86/Kconfig", "modify-ldt"),
    option("CONFIG_PERF_EVENTS", "init/Kconfig", "perf-event-open cap-perfmon"),
    option("CONFIG_PROC_EVENTS", "drivers/connector/Kconfig", "netlink-connector-proc"),
    option("CONFIG_PSI", "init/Kconfig", "cgroup-psi-leak"),
    option("CONFIG_RTC_CLASS", "drivers/rtc/Kconfig", "rtc-dev wake-alarm"),
    option("CONFIG_USERFAULTFD", "mm/Kconfig", "userfaultfd"),
    option("CONFIG_USER_EVENTS", "kernel/trace/Kconfig", "user-events-tracing"),
    option("CONFIG_X86_X32", "arch/x86/Kconfig", "seccomp-arch-x32"),
    option("CONFIG_X86_X32_ABI", "arch/x86/Kconfig", "seccomp-arch-x32"),
    option("CONFIG_MEMCG_V1", "init/Kconfig", "memory-hog memory-kernel-charge memory-tmpfs-shm-charge"),
    Fact("how control groups are mounted", lambda place: place.cgroup or None, None, "cgroups(7)"),
    Fact("the kernel's parameters", lambda place: place.parameters, None, "--kernel-parameters"),
    Fact("who attacks", lambda place: "root" if place.uid == 0 else "a user", None, "capabilities(7)"),
    security_module("yama", "admin-guide/LSM/Yama", "ptrace-other ptrace-supervisor-inside"),
    security_module("apparmor", "apparmor(7)", "proc-self-mem-attr cap-mac-admin"),
]


def where(places: list[Place], hosts: dict[str, dict]) -> dict[str, Where]:
    """By the name of a place; `hosts` are those of its reports."""
    out = {}
    for place in places:
        if host := hosts.get(place.name):
            options = None if place.kernel == HOST else kernels.find(place.kernel).options or None
            out[place.name] = Where(host["kernel"], host["cgroup"], place.parameters, host["uid"], tuple(host["lsm"]),
                                    host["sysctls"], options)
    return out


def decides(facts: list[Fact], places: dict[str, Where], verdicts: dict[str, str]) -> bool:
    """Do these tell the verdicts apart: whoever has the same values has the same verdict, and no value is unknown?"""
    seen: dict[tuple, str] = {}
    for place, verdict in verdicts.items():
        values = tuple(fact.value(places[place]) for fact in facts)
        if None in values or seen.setdefault(values, verdict) != verdict:
            return False
    return len({tuple(fact.value(places[place]) for fact in facts) for place in verdicts}) > 1


def explain(probe: str, verdicts: dict[str, str], places: dict[str, Where]) -> str:
    """In a few words, or "unexplained": each single fact that tells the verdicts apart, else two together that do."""
    if not set(verdicts) <= set(places):
        return "unexplained"
    known = [fact for fact in FACTS if fact.probes is None or probe in fact.probes]
    for number in (1, 2):
        found = [facts for facts in combinations(known, number) if decides(list(facts), places, verdicts)]
        if found:
            return "; ".join(dict.fromkeys(" and ".join(map(describe, facts)) for facts in found))
    return "unexplained"


def describe(fact: Fact) -> str:
    return f"{fact.name} ({fact.says})"
