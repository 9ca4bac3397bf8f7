// Each file of /proc/PID/ns is a namespace, and its inode tells which: nsfs(5). Who shares one with the host
// shares all that is in it.

#include "namespaces.h"

namespace probe {
namespace {

constexpr const char* technique =
    "Asks for its own namespace, through a pidfd or, where the kernel cannot do that yet, below "
    "/proc/self/ns, and "
    "compares the inode with that of the host, which the harness tells.";

void compare(const Order& order, long pidfd_request, const char* path) {
  Fd file = open_namespace(pidfd_request, path);
  long inode = inode_of(file);
  attempt("compare", Text("fstat() = inode ", inode), inode == order.number("inode") ? "ok" : "no effect");
}

}  // namespace

// Each row of it: the id, the namespace, its file in /proc, the request that opens it (linux/pidfd.h), a
// reference, the opening
#define SHARED(ID, NAME, FILE, REQUEST, REFERENCE, ...)                                                \
  {                                                                                                    \
    .id = ID, .cls = "namespace", .guarantee = "namespace.own",                                        \
    .summary = "live in the host's " NAME " namespace", .technique = technique,                        \
    .references = {"namespaces(7)", REFERENCE}, .attempts = {{"compare", {"no effect"}}},              \
    .witness = {"namespace " NAME}, .opening = {__VA_ARGS__},                                          \
    .remedy = "Give the sandbox a " NAME " namespace of its own.",                                     \
    .attack = [](const Order& order) { compare(order, pidfd_ioctl(REQUEST), "/proc/self/ns/" FILE); }, \
  }

constinit const Probes probes = {
    SHARED("cgroupns-shared", "cgroup", "cgroup", 1, "CIS Docker Benchmark 5.25", "namespaces.new-=cgroup"),
    SHARED("ipcns-shared", "ipc", "ipc", 2, "CIS Docker Benchmark 5.17", "namespaces.new-=ipc"),
    SHARED("netns-shared", "net", "net", 4, "CIS Docker Benchmark 5.10", "namespaces.new-=net"),
    SHARED("pid1-is-host-init", "pid", "pid", 5, "CIS Docker Benchmark 5.16", "namespaces.new-=pid"),
    SHARED("utsns-shared", "uts", "uts", 10, "CIS Docker Benchmark 5.21", "namespaces.new-=uts",
           "process.hostname="),
    SHARED("mount-propagation-in", "mount", "mnt", 3, "CIS Docker Benchmark 5.20", "namespaces.new-=mount",
           "root.method=chroot", "root.read_only=false", "mounts=[]"),
};

}  // namespace probe
