// Ways into the namespaces of somebody else: by a file, by a process, by a socket. Whoever
// enters one sees and changes what the host does.

#include <fcntl.h>
#include <sched.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a user namespace and a pid namespace of its own, keep cap_sys_admin from it, and leave "
    "setns(2) out of the filter's list.";

}  // namespace

constinit const Probes probes = {
    {.id = "setns-proc-ns",
     .cls = "namespace",
     .guarantee = "namespace.enter",
     .summary = "enter a namespace of a process outside",
     .technique = "A child opens the UTS namespace of a process of the harness below /proc, and enters it by "
                  "setns(2), as nsenter(1) does. It ends there and then.",
     .references = {"setns(2)", "https://attack.mitre.org/techniques/T1611/"},
     .attempts = {{"setns", {"ENOENT", "EACCES", "EPERM", "ESRCH"}}},
     .witness = {"victim", "trace"},
     .opening = {"namespaces.new-=pid", OUT_OF_THE_USER_NAMESPACE,
                 "capabilities.keep+=[\"cap_sys_admin\", \"cap_sys_ptrace\"]", "seccomp.allow+=setns", PROC},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Text path("/proc/", order.number("victim", 1, INT_MAX), "/ns/uts");
           attempt("setns", Text("open(", quoted(path), "), setns()"), in_child([&] {
                     Result opened = sys(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC);
                     return opened ? sys(SYS_setns, opened.value, CLONE_NEWUTS) : opened;
                   }));
         }},
    {.id = "setns-own-noop",
     .cls = "namespace",
     .guarantee = "namespace.enter",
     .summary = "enter a namespace by setns(2)",
     .technique = "A child enters the UTS namespace in which it is already, by a pidfd of its own: the "
                  "kernel asks for the same permission as for another one, and nothing changes.",
     .references = {"setns(2)", "capabilities(7), CAP_SYS_ADMIN"},
     .attempts = {{"setns", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=setns"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("setns", "setns(pidfd_open(getpid()), CLONE_NEWUTS)", in_child([] {
                     Result self = sys(SYS_pidfd_open, sys(SYS_getpid).value, 0);
                     return self ? sys(SYS_setns, self.value, CLONE_NEWUTS) : self;
                   }));
         }},
};

}  // namespace probe
