#pragma once

// Attacks that end with a file of the host in the probe's hands. It keeps it open, so that the host can see
// among its descriptors what it holds.

#include <fcntl.h>
#include <sys/stat.h>

#include "directory.h"
#include "probe.h"

/// Where there is no way to the file, or another one is under its name.
#define NO_WAY_TO_IT \
  { "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EROFS", "ELOOP", "no effect" }

namespace probe {

/// Is what is open there the file that the order names?
inline bool is_file_of_the_host(const Order& order, const Fd& file) {
  struct stat info {};
  return fstat(file.get(), &info) == 0 && static_cast<long>(info.st_dev) == order.number("device") &&
         static_cast<long>(info.st_ino) == order.number("inode");
}

/// Attempts "open" with a path; none if that leads nowhere, or to another file.
inline Fd attempt_file_of_the_host(const Order& order, std::string_view path, const char* how, int flags) {
  Text name(path), call("open(", quoted(path), ", ", how, ")");
  Result opened = sys(SYS_openat, AT_FDCWD, name.c_str(), flags | O_CLOEXEC | O_NOCTTY);
  if (!opened) {
    attempt("open", call, opened);
    return {};
  }
  Fd file(opened);
  bool is_it = is_file_of_the_host(order, file);
  attempt("open", call, is_it ? "ok" : "no effect");
  return is_it ? static_cast<Fd&&>(file) : Fd();
}

/// Opens `path` as it stands, and then below each directory of the root, until that is the host's file.
inline void reach_file_of_the_host(const Order& order, const char* path, const char* how, int flags) {
  Fd file = attempt_file_of_the_host(order, path, how, flags);
  Fd root(step("open(\"/\")", sys(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (root && !file)
    each_entry(root, [&](const Entry& entry) {
      if (entry.type == DT_DIR)
        file = attempt_file_of_the_host(order, Text("/", entry.name, path), how, flags);
      return static_cast<bool>(file);
    });
  hold();
}

}  // namespace probe
