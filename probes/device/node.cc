// Device nodes of the host. Who may open one speaks to a driver, and through some of them to the machine
// itself; so none is read or written here, they are opened and closed again.

#include <sys/stat.h>

#include "directory.h"
#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a /dev of its own that holds null, zero, full, random, urandom and tty.";
constexpr int to_use = O_RDWR | O_NONBLOCK;

/// What every sandbox may have: the OCI runtime specification, "Default Devices", and random numbers.
bool is_harmless(std::string_view name) {
  for (const char* each : {"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx"})
    if (name == each) return true;
  return false;
}

Fd devices() { return Fd(step("open(\"/dev\")", sys(SYS_openat, AT_FDCWD, "/dev", O_RDONLY | O_DIRECTORY))); }

}  // namespace

// Each row of it: the id, what is opened, how, and the files
#define NODE(ID, SUMMARY, TECHNIQUE, REFERENCE, HOW, FLAGS, ...)                                             \
  {                                                                                                          \
    .id = ID, .cls = "device", .guarantee = "device.host-nodes", .summary = SUMMARY, .technique = TECHNIQUE, \
    .references = {REFERENCE, "CIS Docker Benchmark 5.18"},                                                  \
    .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}}, .witness = {"trace"},                           \
    .opening = {AS_ROOT_OF_THE_HOST, DEVICES_OF_THE_HOST}, .remedy = remedy,                                 \
    .attack = [](const Order&) { open_each({__VA_ARGS__}, HOW, FLAGS); },                                    \
  }

constinit const Probes probes = {
    {.id = "dev-nodes-allowlist",
     .cls = "device",
     .guarantee = "device.host-nodes",
     .summary = "find a device that a sandbox does not need",
     .technique = "Goes through /dev and asks for the first node that is not among the harmless few, by "
                  "O_PATH, which does not wake its driver. Where there is no other it asks for /dev/kmsg, "
                  "which every host has.",
     .references = {"https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md",
                    "CIS Docker Benchmark 5.18"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {DEVICES_OF_THE_HOST},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           bool found = false;
           if (Fd directory = devices())
             each_entry(directory, [&](const Entry& entry) {
               if ((entry.type != DT_CHR && entry.type != DT_BLK) || is_harmless(entry.name)) return false;
               found = open_each({Text("/dev/", entry.name).c_str()}, "O_PATH", O_PATH);
               return found;
             });
           if (!found) open_each({"/dev/kmsg"}, "O_PATH", O_PATH);
         }},
    {.id = "dev-disk-open",
     .cls = "device",
     .guarantee = "device.host-nodes",
     .summary = "open a disk of the host",
     .technique = "Opens each block device below /dev to read, until one lets it, and reads nothing of it. "
                  "On a disk lie all files of the host, past every permission and every mount.",
     .references = {"sd(4)", "https://attack.mitre.org/techniques/T1611/", "CIS Docker Benchmark 5.18"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, DEVICES_OF_THE_HOST},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           bool opened = false;
           if (Fd directory = devices())
             each_entry(directory, [&](const Entry& entry) {
               if (entry.type != DT_BLK) return false;
               opened = open_each({Text("/dev/", entry.name).c_str()}, "O_RDONLY|O_NONBLOCK",
                                  O_RDONLY | O_NONBLOCK);
               return opened;
             });
           if (!opened)
             open_each({"/dev/sda", "/dev/vda", "/dev/nvme0n1"}, "O_RDONLY|O_NONBLOCK",
                       O_RDONLY | O_NONBLOCK);
         }},
    NODE("dev-kvm", "make virtual machines",
         "Opens /dev/kvm, and makes no machine. Behind it lies a large part of the kernel that "
         "was written for those who run virtual machines, not for those in them.",
         "https://docs.kernel.org/virt/kvm/api.html", "O_RDWR", to_use, "/dev/kvm"),
    NODE("dev-gpu-render", "speak to the graphics card",
         "Opens the nodes of the graphics card. Its drivers are large, and its memory is shared by all who "
         "use it.",
         "CVE-2024-0132", "O_RDWR", to_use, "/dev/dri/renderD128", "/dev/dri/card0", "/dev/nvidiactl",
         "/dev/nvidia0", "/dev/kfd"),
    NODE("dev-fuse-tun-vhost", "speak to a driver for file systems, networks or devices of one's own",
         "Opens /dev/fuse, /dev/net/tun and others of that kind, until one lets it. Each is a way to serve "
         "the kernel what it takes for a file system, a network or a keyboard.",
         "fuse(4)", "O_RDWR", to_use, "/dev/fuse", "/dev/net/tun", "/dev/vhost-net", "/dev/vhost-vsock",
         "/dev/vfio/vfio", "/dev/uinput"),
    NODE("dev-input", "listen to the keyboard",
         "Opens the nodes of keyboards and mice to read, and reads nothing. Whoever may read them learns "
         "every key that is pressed.",
         "https://docs.kernel.org/input/input.html", "O_RDONLY", O_RDONLY | O_NONBLOCK, "/dev/input/event0",
         "/dev/input/event1", "/dev/input/event2", "/dev/input/mice"),
    NODE("dev-kmsg-write", "write into the kernel's log",
         "Opens /dev/kmsg to write, and writes nothing. A line from there looks as if the kernel had "
         "written it.",
         "syslog(2)", "O_WRONLY", O_WRONLY, "/dev/kmsg"),
    NODE("loop-device-setup", "make disks out of files",
         "Opens /dev/loop-control, and asks it for nothing. With it a program has the kernel read a disk "
         "whose every byte it chose.",
         "loop(4)", "O_RDWR", to_use, "/dev/loop-control"),
};

}  // namespace probe
