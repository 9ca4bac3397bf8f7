// What /proc and /sys tell is about the machine, not about the sandbox: which kernel it is and where it lies
// in memory, what others hold and do, what hangs on which bus. Engines cover some of it by an empty file;
// openat2(2), asked not to cross a mount, tells the cover from what is below.

#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Show the sandbox no /proc and no /sys, or a /proc of subset=pid; else cover the path.";

constexpr const char* secure_boot =
    "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

}  // namespace

// Each row of it: the id, the guarantee, what it tells, what is opened, and what opens it
#define FACT(ID, GUARANTEE, SUMMARY, TECHNIQUE, REFERENCE, DIRECTORY, PATHS, ...)                        \
  {                                                                                                      \
    .id = ID, .cls = "proc", .guarantee = GUARANTEE, .summary = SUMMARY,                                 \
    .technique = TECHNIQUE " Each file is opened to read and closed unread, until one lets it.",         \
    .references = {REFERENCE}, .attempts = {{"open", COVERED, {"ok"}, NOT_THERE}}, .witness = {"trace"}, \
    .opening = {__VA_ARGS__}, .remedy = remedy,                                                          \
    .attack = [](const Order&) { open_uncovered(DIRECTORY, PATHS); },                                    \
  }
#define THESE(...) \
  { __VA_ARGS__ }

constinit const Probes probes = {
    FACT("proc-masked-paths", "proc.masked", "read what container engines cover in /proc",
         "The paths that the OCI runtimes cover, for they tell of other sandboxes or of the kernel's memory.",
         "https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#masked-paths", "/proc",
         THESE("acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug", "scsi",
               "timer_list", "timer_stats"),
         PROC),
    FACT("proc-config-modules-cmdline", "proc.host-facts", "learn which kernel it is and how it was started",
         "How the kernel was built, which modules it has loaded, its command line and version: by these an "
         "exploit is chosen.",
         "proc(5)", "/proc", THESE("config.gz", "modules", "cmdline", "version", "kallsyms"), PROC),
    FACT("proc-meminfo-cpuinfo-host", "proc.host-facts", "learn how large the machine is and how busy",
         "The memory, the processors and the load of the whole machine, whatever the sandbox was given. "
         "Where a file system such as lxcfs stands in for them, that is another mount.",
         "proc_meminfo(5)", "/proc", THESE("meminfo", "cpuinfo", "stat", "loadavg", "uptime", "diskstats"),
         PROC),
    FACT("proc-interrupts-sidechannel", "proc.host-facts", "watch the interrupts of the machine",
         "How often each device has called which processor: by that one sees when somebody types, sends and "
         "computes.",
         "proc_interrupts(5)", "/proc", THESE("interrupts", "softirqs"), PROC),
    FACT("proc-keys-timer-buddyinfo", "proc.host-facts", "learn how the kernel's memory is laid out",
         "Keys of other users, free pages by size, objects by kind, addresses of buses: what an exploit of "
         "the kernel's memory has to know.",
         "proc(5)", "/proc",
         THESE("keys", "timer_list", "slabinfo", "buddyinfo", "vmallocinfo", "zoneinfo", "pagetypeinfo",
               "iomem", "ioports"),
         PROC),
    FACT("proc-pagemap-kpageflags", "proc.physical-pages", "learn what each physical page is used for",
         "How often each page of the machine is in use, and what for. Attacks that flip bits in the next row "
         "of a memory chip are aimed by it.",
         "proc_kpageflags(5)", "/proc", THESE("kpagecount", "kpageflags", "kpagecgroup"), AS_ROOT_OF_THE_HOST,
         PROC),
    FACT("sysfs-firmware-powercap", "proc.masked", "read the firmware, or how much power is drawn",
         "Tables of the firmware, and meters of power. From the power that a processor draws the keys of "
         "others "
         "were computed.",
         "CVE-2020-8694", "/sys", THESE("firmware", "devices/virtual/powercap"), SYSFS),
    FACT("sysfs-thermal", "proc.host-facts", "feel how warm the machine is",
         "Sensors of heat tell how hard the others work. Container engines cover none of them.",
         "https://docs.kernel.org/driver-api/thermal/sysfs-api.html", "/sys",
         THESE("class/thermal", "devices/virtual/thermal"), SYSFS),
    FACT("sysfs-block-dev", "proc.host-facts", "list the disks of the host",
         "The names, numbers and sizes of all disks: the number is what it takes to make a node for one.",
         "sysfs(5)", "/sys", THESE("block", "dev/block", "class/block"), SYSFS),
    {.id = "sysfs-debugfs-tracefs",
     .cls = "proc",
     .guarantee = "proc.kernel-insides",
     .summary = "reach the file systems for who debugs or configures the kernel",
     .technique = "Opens files of debugfs, tracefs, securityfs, configfs and efivarfs, each to read. These "
                  "file systems show the insides of drivers, trace every function, and hold the variables "
                  "that the machine starts by.",
     .references = {"https://docs.kernel.org/filesystems/debugfs.html"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "mounts+={type=\"bind\",source=\"/sys\",target=\"/sys\"}"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           open_each({"/sys/kernel/security/lsm", "/sys/kernel/tracing/available_tracers",
                      "/sys/kernel/debug/tracing", "/sys/kernel/debug/devices_deferred",
                      "/sys/kernel/config/usb_gadget", secure_boot},
                     "O_RDONLY", O_RDONLY | O_NONBLOCK);
         }},
    {.id = "user-events-tracing",
     .cls = "proc",
     .guarantee = "proc.kernel-insides",
     .summary = "make trace events of its own",
     .technique = "Opens the file of tracefs by which a program registers events, to read and write, and "
                  "registers none. Behind it lies kernel code that writes into the memory of whoever "
                  "registered.",
     .references = {"https://docs.kernel.org/trace/user_events.html"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST,
                 "mounts+={type=\"bind\",source=\"/sys\",target=\"/sys\",read_only=false}"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           open_each({"/sys/kernel/tracing/user_events_data", "/sys/kernel/debug/tracing/user_events_data"},
                     "O_RDWR", O_RDWR);
         }},
};

}  // namespace probe
