// A device node may be made anywhere, not in /dev alone. Where the capability is kept after all, two things
// still hold: a mount that allows no devices, and a list of devices for the cgroup.

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

/// Makes the node, opens it and removes it again, in each directory until it could be opened.
void make_and_open(const char* what, long mode, long device, int flags) {
  for (const char* directory : {"/tmp", "/dev/shm", ""}) {
    Text path = own_path(directory);
    Result made = sys(SYS_mknodat, AT_FDCWD, path.c_str(), mode | 0600, device);
    Text call("mknod(", quoted(path), ", ", what, ")");
    if (!made) {
      // Where nothing can be made at all, nothing is decided on devices.
      if (made.error == EPERM)
        attempt("make", call, made);
      else
        step(call, made);
      continue;
    }
    step(call, made);
    Result opened = sys(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC);
    sys(SYS_unlinkat, AT_FDCWD, path.c_str(), 0);
    attempt("open", Text("open(", quoted(path), ")"), opened);
    Fd close(opened);
    if (opened) return;
  }
}

}  // namespace

constinit const Probes probes = {
    {.id = "device-cgroup-wildcard",
     .cls = "device",
     .guarantee = "device.new-nodes",
     .summary = "make a node for a device of the host, and open it",
     .technique = "Makes a node for the kernel's log and one for a loop device beside its own files, opens "
                  "each without a read or a write, and removes it. What a sandbox does not show in /dev can "
                  "be had so, unless its cgroup knows the devices that it may use.",
     .references = {"mknod(2)", "https://docs.kernel.org/admin-guide/cgroup-v1/devices.html",
                    "capabilities(7), CAP_MKNOD"},
     .attempts = {{"make", {"EPERM"}, {}}, {"open", {"EACCES", "EPERM"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_mknod",
                 "mounts+={type=\"tmpfs\",target=\"/tmp\",nodev=false}"},
     .remedy = "Keep cap_mknod from the sandbox, let no mount that it may write to have devices, and list in "
               "limits.devices those that it may use.",
     .attack =
         [](const Order&) {
           constexpr long kernel_log = 1 << 8 | 11, loop0 = 7 << 8;
           make_and_open("S_IFCHR, 1:11", S_IFCHR, kernel_log, O_WRONLY);
           make_and_open("S_IFBLK, 7:0", S_IFBLK, loop0, O_RDONLY | O_NONBLOCK);
         }},
};

}  // namespace probe
