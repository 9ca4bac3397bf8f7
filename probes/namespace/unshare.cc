// A namespace of one's own is a world of one's own: with it comes kernel code that was written for root, and
// most privilege escalations of the last ten years began in one.

#include <sched.h>
#include <sys/prctl.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* technique =
    "A child calls unshare(2) for the namespace, and ends: nothing of it stays. Each namespace but that of "
    "users "
    "takes CAP_SYS_ADMIN in the user namespace of the caller.";
constexpr const char* remedy =
    "Keep cap_sys_admin from the sandbox, and let the filter refuse unshare(2), clone(2) with CLONE_NEW "
    "flags and "
    "clone3(2).";

void unshare(const char* flag, long flags) {
  attempt("unshare", Text("unshare(", flag, ")"), in_child([flags] { return sys(SYS_unshare, flags); }));
}

}  // namespace

// Each row of it: the id, what is made, the flag
#define UNSHARE(ID, WHAT, FLAG)                                                                  \
  {                                                                                              \
    .id = ID, .cls = "namespace", .guarantee = "namespace.new", .summary = "make " WHAT,         \
    .technique = technique, .references = {"unshare(2)", "namespaces(7)"},                       \
    .attempts = {{"unshare", {"EPERM"}}}, .witness = {"trace"},                                  \
    .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=unshare"}, .remedy = remedy, \
    .attack = [](const Order&) { unshare(#FLAG, FLAG); },                                        \
  }

constinit const Probes probes = {
    UNSHARE("unshare-mnt", "a mount namespace", CLONE_NEWNS),
    UNSHARE("unshare-net", "a network namespace", CLONE_NEWNET),
    UNSHARE("unshare-pid", "a pid namespace", CLONE_NEWPID),
    UNSHARE("unshare-uts", "a UTS namespace", CLONE_NEWUTS),
    UNSHARE("unshare-ipc", "an IPC namespace", CLONE_NEWIPC),
    UNSHARE("unshare-cgroup", "a cgroup namespace", CLONE_NEWCGROUP),
    UNSHARE("unshare-time", "a time namespace", 0x80),
};

}  // namespace probe
