// Each file of /proc/PID/ns is a namespace, and its inode tells which: nsfs(5). Who shares one with the host
// shares all that is in it.

#include <fcntl.h>
#include <sys/stat.h>

#include "probe.h"

namespace probe {
namespace {

constexpr const char* technique =
    "Asks for its own namespace, through a pidfd or, where the kernel cannot do that yet, below "
    "/proc/self/ns, and "
    "compares the inode with that of the host, which the harness tells.";

constexpr long pidfd_ioctl(long number) {
  return 0xFF00 | number;
}  // _IO(PIDFS_IOCTL_MAGIC, number), Linux 6.11

/// A namespace of one's own, as an open file.
Fd open_namespace(long pidfd_request, const char* path) {
  Fd self(step("pidfd_open(getpid())", sys(SYS_pidfd_open, sys(SYS_getpid).value, 0)));
  Fd file(step("ioctl(PIDFD_GET_..._NAMESPACE)", sys(SYS_ioctl, self.get(), pidfd_request, 0)));
  if (!file)
    file = Fd(step(Text("open(", quoted(path), ")"), sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC)));
  if (!file) stop("it cannot look at its own namespaces");
  return file;
}

void compare(const Order& order, long pidfd_request, const char* path) {
  long host = order.number("inode");
  Fd file = open_namespace(pidfd_request, path);
  struct stat info {};
  if (fstat(file.get(), &info) != 0) stop("a namespace that cannot be looked at");
  attempt("compare", Text("fstat() = inode ", info.st_ino),
          static_cast<long>(info.st_ino) == host ? "ok" : "no effect");
}

}  // namespace

// Each row of it: the id, the namespace, the request that opens it (linux/pidfd.h), a reference, the opening
#define SHARED(ID, NAME, REQUEST, REFERENCE, ...)                                                      \
  {                                                                                                    \
    .id = ID, .cls = "namespace", .guarantee = "namespace.own",                                        \
    .summary = "live in the host's " NAME " namespace", .technique = technique,                        \
    .references = {"namespaces(7)", REFERENCE}, .attempts = {{"compare", {"no effect"}}},              \
    .witness = {"namespace " NAME}, .opening = {__VA_ARGS__},                                          \
    .remedy = "Give the sandbox a " NAME " namespace of its own.",                                     \
    .attack = [](const Order& order) { compare(order, pidfd_ioctl(REQUEST), "/proc/self/ns/" NAME); }, \
  }

constinit const Probes probes = {
    SHARED("cgroupns-shared", "cgroup", 1, "CIS Docker Benchmark 5.25", "namespaces.new-=cgroup"),
    SHARED("ipcns-shared", "ipc", 2, "CIS Docker Benchmark 5.17", "namespaces.new-=ipc"),
    SHARED("netns-shared", "net", 4, "CIS Docker Benchmark 5.10", "namespaces.new-=net"),
    SHARED("pid1-is-host-init", "pid", 5, "CIS Docker Benchmark 5.16", "namespaces.new-=pid"),
    SHARED("utsns-shared", "uts", 10, "CIS Docker Benchmark 5.21", "namespaces.new-=uts",
           "process.hostname="),
};

}  // namespace probe
