#pragma once

#include <dirent.h>
#include <fcntl.h>

#include <cstdint>

#include "fd.h"
#include "text.h"

namespace probe {

/// One name in a directory.
struct Entry {
  std::string_view name;  ///< NUL at its end
  unsigned char type;     ///< DT_DIR, ..., or DT_UNKNOWN where the file system does not tell
};

/// Calls visit(Entry) for each name in the open directory but "." and "..", until it answers true.
/// Answers the getdents64(2) that failed, or the last one.
template <typename Visit>
Result each_entry(const Fd& directory, Visit visit) {
  alignas(std::uint64_t) char bytes[4096];
  for (;;) {
    Result result = sys(SYS_getdents64, directory.get(), bytes, sizeof bytes);
    if (!result || result.value == 0) return result;
    for (long at = 0; at < result.value;) {
      // struct linux_dirent64: inode 8, offset 8, length of this entry 2, type 1, name
      std::uint16_t length;
      std::memcpy(&length, bytes + at + 16, sizeof length);
      Entry entry{std::string_view(bytes + at + 19), static_cast<unsigned char>(bytes[at + 18])};
      at += length;
      if (entry.name != "." && entry.name != ".." && visit(entry)) return result;
    }
  }
}

}  // namespace probe
