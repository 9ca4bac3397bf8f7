// Not every way to a control group is a write to one of its files: a child can be started in a group, and
// what decides on devices in version 2 is a program that bpf(2) puts there.

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sched.h>

#include "child.h"
#include "openings.h"

namespace probe {
namespace {

/// The topmost group of version 2, which stands beside those of version 1 where a host has both.
Result open_top(const char*& path) {
  path = "/sys/fs/cgroup/unified";
  Result opened = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened || opened.error != ENOENT) return opened;
  path = "/sys/fs/cgroup";
  return sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

constinit const Probes probes = {
    {.id = "cgroup-escape-by-fork-race",
     .cls = "cgroup",
     .guarantee = "cgroup.groups",
     .summary = "start a child in another group than its own",
     .technique = "Starts a child by clone3(2) in the topmost group of the host, and the child ends at once. "
                  "It was never in the group that limits its parent, so no race has to be won; and since "
                  "nothing is written, a read-only mount is enough.",
     .references = {"clone3(2), CLONE_INTO_CGROUP", "cgroups(7)"},
     // EBADF: what lies there is no group.
     .attempts = {{"clone3", {"ENOENT", "EACCES", "EPERM", "EBADF"}, {"ok"}, {"ENOENT", "EBADF"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST, "seccomp.rules-={syscall=\"clone\"}"},
     .remedy = "Show the sandbox no /sys/fs/cgroup of the host, and give it a user namespace.",
     .attack =
         [](const Order&) {
           const char* path = nullptr;
           Result opened = open_top(path);
           Text call("open(", quoted(path), ")");
           if (!opened) {
             attempt("clone3", call, opened);
             return;
           }
           Fd group(step(call, opened));
           clone_args arguments{};
           arguments.flags = CLONE_INTO_CGROUP;
           arguments.exit_signal = SIGCHLD;
           arguments.cgroup = static_cast<unsigned long>(group.get());
           Result child = sys(SYS_clone3, &arguments, sizeof arguments);
           if (child && child.value == 0) exit_now(0);
           attempt("clone3", Text("clone3({CLONE_INTO_CGROUP, ", quoted(path), "})"), child);
           if (child) wait_child(child.value);
         }},
    {.id = "cgroup-devices-bpf",
     .cls = "cgroup",
     .guarantee = "cgroup.devices",
     .summary = "find the program that decides on devices, to take it away",
     .technique =
         "Asks bpf(2) which programs decide on the devices of a group, with a descriptor that is none. "
         "Who may not ask is told so first (EPERM); who may learns that there is no such group "
         "(EBADF). What is found so can be taken away, and all devices are allowed.",
     .references = {"bpf(2)", "https://docs.kernel.org/admin-guide/cgroup-v2.html#device-controller"},
     .attempts = {{"bpf", {"EPERM"}, {"EBADF"}, {"EINVAL"}}},  // a kernel without BPF for control groups
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE,
                 "capabilities.keep+=[\"cap_net_admin\", \"cap_bpf\"]",  // which the call took as a whole
                                                                         // before Linux 5.19
                 "seccomp.allow+=bpf"},
     .remedy =
         "Keep cap_net_admin, cap_bpf and cap_sys_admin from the sandbox, and bpf(2) out of the filter's "
         "list.",
     .attack =
         [](const Order&) {
           struct {
             int group = -1;
             unsigned type = BPF_CGROUP_DEVICE;
             unsigned long rest[6] = {};
           } query;
           attempt("bpf", "bpf(BPF_PROG_QUERY, {-1, BPF_CGROUP_DEVICE})",
                   sys(SYS_bpf, BPF_PROG_QUERY, &query, sizeof query));
         }},
};

}  // namespace probe
