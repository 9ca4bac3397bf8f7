// Settings of the kernel are files in /proc and /sys, and most belong to the whole machine. A root that has
// lost all capabilities owns them still, so a /proc or /sys that can be written is enough. Each is opened to
// write and closed again: not a byte is written.

#include "directory.h"
#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Show the sandbox no /proc and no /sys, or make /proc/sys, /proc/irq and /sys read-only; a user "
    "namespace makes their owner somebody else.";

}  // namespace

// Each row of it: the id, what it is good for, where it is, and the files
#define SETTING(ID, SUMMARY, TECHNIQUE, REFERENCE, MOUNT, ...)                                   \
  {                                                                                              \
    .id = ID, .cls = "proc", .guarantee = "proc.settings", .summary = SUMMARY,                   \
    .technique = TECHNIQUE " It is opened to write, and nothing is written.",                    \
    .references = {REFERENCE, "https://attack.mitre.org/techniques/T1611/"},                     \
    .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}}, .witness = {"trace"},               \
    .opening = {AS_ROOT_OF_THE_HOST, MOUNT}, .remedy = remedy,                                   \
    .attack = [](const Order&) { open_each({__VA_ARGS__}, "O_WRONLY", O_WRONLY | O_NONBLOCK); }, \
  }

constinit const Probes probes = {
    SETTING("proc-core-pattern-write", "have the host run a program when another one crashes",
            "/proc/sys/kernel/core_pattern may begin with a pipe and the name of a program, which the kernel "
            "then runs as root of the host for each crash.",
            "core(5), CVE-2022-0811", PROC, "/proc/sys/kernel/core_pattern"),
    SETTING("proc-modprobe-hotplug-write", "have the host run a program when it wants a module or a device",
            "Files of /proc and /sys name the programs that the kernel runs as root of the host: to load a "
            "module, to greet a device, to switch the machine off.",
            "proc_sys_kernel(5)", PROC, "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug",
            "/proc/sys/kernel/poweroff_cmd", "/proc/sys/kernel/usermodehelper/bset",
            "/sys/kernel/uevent_helper"),
    SETTING("proc-sysrq-write", "press the keys that stop the machine",
            "One letter to /proc/sysrq-trigger restarts the machine, kills every process or empties its "
            "memory.",
            "proc_sysrq-trigger(5)", PROC, "/proc/sysrq-trigger"),
    SETTING("proc-sys-writable", "change how the host's memory, files and log work",
            "Below /proc/sys lie hundreds of numbers that hold for the whole machine: how much memory may be "
            "promised, how many files may be open, what a fault does.",
            "proc_sys(5)", PROC, "/proc/sys/vm/overcommit_memory", "/proc/sys/vm/drop_caches",
            "/proc/sys/kernel/panic", "/proc/sys/kernel/printk", "/proc/sys/fs/file-max"),
    SETTING("proc-readonly-paths", "write where container engines make /proc read-only",
            "Beside /proc/sys there are /proc/irq, which says which processor serves a device, /proc/bus, "
            "/proc/fs and /proc/sysrq-trigger.",
            "https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#readonly-paths", PROC,
            "/proc/irq/default_smp_affinity", "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"),
    SETTING("proc-acpi-asound-scsi-write", "speak to drivers through /proc",
            "Old drivers take orders by files of /proc: /proc/scsi/scsi removes a disk at a word, "
            "/proc/acpi/wakeup says what wakes the machine.",
            "CVE-2017-16539, CVE-2018-10892", PROC, "/proc/scsi/scsi", "/proc/acpi/wakeup",
            "/proc/acpi/bbswitch", "/proc/asound/card0/oss_mixer"),
    SETTING("binfmt-misc-register", "have the host run a program for files of some kind",
            "/proc/sys/fs/binfmt_misc/register takes the name of an interpreter for every file with some "
            "beginning; whoever runs such a file runs the interpreter.",
            "https://docs.kernel.org/admin-guide/binfmt-misc.html",
            "mounts+={type=\"bind\",source=\"/proc\",target=\"/proc\",read_only=false}",
            "/proc/sys/fs/binfmt_misc/register"),
    SETTING("sysfs-writable", "change a setting of the host's devices and memory",
            "Below /sys drivers and the kernel take orders: to sleep, to merge memory, to be quiet about "
            "faults.",
            "sysfs(5)", SYSFS_TO_WRITE, "/sys/kernel/uevent_helper", "/sys/power/state",
            "/sys/kernel/mm/ksm/run", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/profiling"),
    SETTING("sysfs-cpu-online-write", "take a processor away from the machine",
            "A 0 in /sys/devices/system/cpu/cpu1/online switches the second processor off, for everybody.",
            "https://docs.kernel.org/core-api/cpu_hotplug.html", SYSFS_TO_WRITE,
            "/sys/devices/system/cpu/cpu1/online"),
    {.id = "proc-tasks-oom-others",
     .cls = "proc",
     .guarantee = "proc.other-processes",
     .summary = "choose which process outside dies when memory runs out",
     .technique =
         "Opens the oom_score_adj of each process that it sees, but its own and the first, to write, "
         "until one lets it; nothing is written. Who may lower their own and raise the others' is "
         "the last one to be killed.",
     .references = {"proc_pid_oom_score_adj(5)"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "namespaces.new-=pid", PROC},
     .remedy = "Give the sandbox a pid namespace of its own, and a /proc of that.",
     .attack =
         [](const Order&) {
           long self = sys(SYS_getpid).value;
           Fd directory(step("open(\"/proc\")", sys(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY)));
           bool opened = false;
           if (directory)
             each_entry(directory, [&](const Entry& entry) {
               std::optional<long> pid = to_number(entry.name);
               if (!pid || *pid == self || *pid == 1) return false;
               opened = open_each({Text("/proc/", *pid, "/oom_score_adj").c_str()}, "O_WRONLY", O_WRONLY);
               return opened;
             });
           if (!opened) open_each({"/proc/2/oom_score_adj"}, "O_WRONLY", O_WRONLY);
         }},
    {.id = "proc-self-mem-attr",
     .cls = "proc",
     .guarantee = "proc.own-label",
     .summary = "change the security label of its own",
     .technique = "Opens /proc/self/attr/current and exec to write, and writes nothing. Through them a "
                  "program asks for another AppArmor profile or SELinux context; a runtime that writes its "
                  "own label through a /proc that somebody else prepared writes nowhere.",
     .references = {"proc_pid_attr(5)", "CVE-2019-16884"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc, or deny writes to /proc/self/attr by the policy itself.",
     .attack =
         [](const Order&) {
           open_each({"/proc/self/attr/current", "/proc/self/attr/exec"}, "O_WRONLY", O_WRONLY);
         }},
};

}  // namespace probe
