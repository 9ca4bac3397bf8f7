#pragma once

// Attacks that consist in opening a file. Who may open it may use it; so it is closed again at once, and
// nothing is read or written.

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include "probe.h"

/// What the kernel says of a file that is not there, or not for the caller, or behind a read-only mount.
#define OUT_OF_REACH \
  { "ENOENT", "EACCES", "EPERM", "EROFS" }

/// And where its defence is gone: this host has no such file, or nothing behind it.
#define NOT_THERE \
  { "ENOENT", "ENXIO", "ENODEV" }

namespace probe {

/// Attempts "open" with each, until one passes. `how` is what the caller wants, "O_WRONLY".
inline bool open_each(std::initializer_list<const char*> paths, const char* how, int flags) {
  for (const char* path : paths) {
    Result opened = attempt("open", Text("open(", quoted(path), ", ", how, ")"),
                            sys(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY));
    if (opened) {
      Fd close(opened);
      return true;
    }
  }
  return false;
}

/// Attempts `name` with the canary at `path` from the descriptor `directory`, shown as `shown`, and tells its
/// content.
inline void read_canary(const char* name, int directory, const char* path, std::string_view shown) {
  Result opened = attempt(name, Text("openat(", shown, ", ", quoted(path), ")"),
                          sys(SYS_openat, directory, path, O_RDONLY | O_CLOEXEC));
  if (!opened) return;
  Fd canary(opened);
  char content[128];
  Result size = step("read(canary)", sys(SYS_read, canary.get(), content, sizeof content));
  if (size) saw({content, std::size_t(size.value)});
}

/// Is the file on the file system of the directory? Nothing is said of one that is not there.
inline bool on_the_same(const Fd& directory, const char* path) {
  struct stat its {
  }, own{};
  return sys(SYS_newfstatat, directory.get(), path, &its, 0) && sys(SYS_fstat, directory.get(), &own) &&
         its.st_dev == own.st_dev;
}

/// Attempts "open" to read with each path below `directory`, until one passes. A file that is covered by
/// another mount lies behind a border that openat2(2) is asked not to cross: EXDEV. A kernel without that
/// call, such as gVisor's, is asked for those on the same file system alone.
inline void open_uncovered(const char* directory, std::initializer_list<const char*> paths) {
  Result top = sys(SYS_openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  Text call("open(", quoted(directory), ")");
  if (!top) {
    attempt("open", call, top);
    return;
  }
  Fd directory_fd(step(call, top));
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  how.resolve = RESOLVE_NO_XDEV;
  const bool has_openat2 = sys(SYS_openat2, -1, "", &how, sizeof how).error != ENOSYS;
  for (const char* path : paths) {
    if (!has_openat2 && !on_the_same(directory_fd, path)) continue;
    Result opened = has_openat2
                        ? attempt("open", Text("openat2(", quoted(directory), ", ", quoted(path), ")"),
                                  sys(SYS_openat2, directory_fd.get(), path, &how, sizeof how))
                        : attempt("open", Text("openat(", quoted(directory), ", ", quoted(path), ")"),
                                  sys(SYS_openat, directory_fd.get(), path, how.flags));
    if (opened) {
      Fd close(opened);
      return;
    }
  }
}

/// Of open_uncovered(): as OUT_OF_REACH, or under a cover.
#define COVERED \
  { "ENOENT", "EACCES", "EPERM", "EXDEV" }

}  // namespace probe
