#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "probe.h"

namespace probe {

inline constexpr long pidfd_ioctl(long number) {
  return 0xFF00 | number;
}  // _IO(PIDFS_IOCTL_MAGIC, number), Linux 6.11

/// A namespace of one's own, as an open file.
inline Fd open_namespace(long pidfd_request, const char* path) {
  Fd self(step("pidfd_open(getpid())", sys(SYS_pidfd_open, sys(SYS_getpid).value, 0)));
  Fd file(step("ioctl(PIDFD_GET_..._NAMESPACE)", sys(SYS_ioctl, self.get(), pidfd_request, 0)));
  if (!file)
    file = Fd(step(Text("open(", quoted(path), ")"), sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC)));
  if (!file) stop("it cannot look at its own namespaces: without /proc that takes Linux 6.11");
  return file;
}

inline long inode_of(const Fd& file) {
  struct stat info {};
  if (fstat(file.get(), &info) != 0) stop("a namespace that cannot be looked at");
  return static_cast<long>(info.st_ino);
}

}  // namespace probe
