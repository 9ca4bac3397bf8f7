#pragma once

#include "elf_file.h"

#include <string>
#include <vector>

namespace isolator {

/// One object on its way into memory, and the one that needs it.
struct Loaded {
  ElfFile elf;
  std::string origin;  ///< its directory
  const Loaded* by = nullptr;
};

struct LibraryPath {
  std::string path;
  bool by_cache = false;  ///< only /etc/ld.so.cache knows its directory
};

/// Where a program's loader would find the library on this host: ld.so(8), and for musl its
/// ldso/dynlink.c. An empty path where the loader is the library, as musl's is. Throws Error{Step::root}.
LibraryPath find_library(const std::string& name, const Loaded& by);

}  // namespace isolator
