#pragma once

#include <optional>
#include <string>
#include <vector>

namespace isolator {

/// What a dynamic loader reads in a program or library.
struct ElfFile {
  unsigned char word = 0;  ///< ELFCLASS32, ELFCLASS64
  unsigned machine = 0;    ///< EM_*
  std::string interpreter;
  std::vector<std::string> needed;
  std::string rpath, runpath;  ///< with a colon between directories, $ORIGIN as it was written
};

/// Nothing where the file is no ELF file. Throws Error{Step::root} where it cannot be read, or contradicts
/// itself.
std::optional<ElfFile> read_elf(const std::string& path);

}  // namespace isolator
