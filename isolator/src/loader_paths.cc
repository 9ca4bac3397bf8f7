// Looked up here, and not by running `ld.so --list`: the loader is whatever file the program names, and would
// run outside of any sandbox.

#include "loader_paths.h"

#include <isolator/error.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

namespace isolator {
namespace {

using Directories = std::vector<std::string>;

Directories split(const std::string& text, const char* at = ":") {
  Directories out;
  std::size_t from = 0;
  while (from <= text.size()) {
    const std::size_t end = std::min(text.find_first_of(at, from), text.size());
    if (end > from) out.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return out;
}

Directories with_origin(const std::string& text, const std::string& origin) {
  Directories out = split(text);
  for (std::string& directory : out)
    for (const std::string word : {"${ORIGIN}", "$ORIGIN"})
      for (std::size_t at; (at = directory.find(word)) != std::string::npos;)
        directory.replace(at, word.size(), origin);
  return out;
}

bool fits(const std::string& path, const ElfFile& by) {
  if (access(path.c_str(), R_OK) != 0) return false;
  const std::optional<ElfFile> found = read_elf(path);
  return found && found->machine == by.machine && found->word == by.word;
}

const Loaded& program_of(const Loaded& object) {
  const Loaded* at = &object;
  while (at->by != nullptr) at = at->by;
  return *at;
}

// Where the C library was installed to, its loader is, whatever link PT_INTERP goes by.
Directories default_directories(const ElfFile& program) {
  Directories out;
  std::error_code none;
  const std::string real = std::filesystem::canonical(program.interpreter, none).parent_path();
  if (!none)
    out = {real, real.starts_with("/usr/") ? real.substr(4) : "/usr" + real};
  else
    for (const char* directory : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
                                  "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu"})
      out.emplace_back(directory);
  for (const char* directory : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"}) out.emplace_back(directory);
  return out;
}

// Its table, as sysdeps/generic/dl-cache.h of glibc lays it out: after a header of 48 bytes an entry of 24
// for each library, with the offsets of its name and its path.
Directories in_cache(const std::string& name) {
  std::ifstream file("/etc/ld.so.cache", std::ios::binary);
  const std::string cache{std::istreambuf_iterator<char>(file), {}};
  const std::size_t table = cache.find("glibc-ld.so.cache1.1");  // an older table may come before it
  if (table == std::string::npos) return {};
  const std::string_view bytes = std::string_view(cache).substr(table);
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  };
  const auto text = [&](std::size_t at) {
    return at < bytes.size() ? bytes.substr(at, bytes.find('\0', at) - at) : std::string_view();
  };
  Directories out;
  for (std::size_t i = 0, count = number(20); i < count && 48 + 24 * i < bytes.size(); ++i) {
    const std::size_t entry = 48 + 24 * i;
    const std::string_view path = text(number(entry + 8));
    // One for a newer processor is an addition: the plain one is there too, and runs on each.
    if (text(number(entry + 4)) == name && path.find("/glibc-hwcaps/") == std::string_view::npos)
      out.emplace_back(path);
  }
  return out;
}

std::string in_directories(const Directories& directories, const std::string& name, const ElfFile& by) {
  for (const std::string& directory : directories)
    if (const std::string path = directory + "/" + name; fits(path, by)) return path;
  return "";
}

bool is_musl(const ElfFile& program) { return program.interpreter.find("/ld-musl-") != std::string::npos; }

bool is_part_of_musl(const std::string& name) {
  for (const char* part : {"libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet."})
    if (name.starts_with(part)) return true;
  return false;
}

Directories musl_directories(const ElfFile& program) {
  const std::string loader = std::filesystem::path(program.interpreter).filename();  // ld-musl-x86_64.so.1
  std::ifstream file("/etc/" + loader.substr(0, loader.find('.')) + ".path");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.empty() ? Directories{"/lib", "/usr/local/lib", "/usr/lib"} : split(text, ":\n");
}

}  // namespace

LibraryPath find_library(const std::string& name, const Loaded& by) {
  if (name.find('/') != std::string::npos) return {name};
  const ElfFile& program = program_of(by).elf;
  const bool musl = is_musl(program);
  if (musl && is_part_of_musl(name)) return {};

  // DT_RPATH holds for all that the object brings along, unless DT_RUNPATH replaces it; that is its own.
  if (by.elf.runpath.empty())
    for (const Loaded* at = &by; at != nullptr; at = at->by)
      if (at->elf.runpath.empty())
        if (std::string path = in_directories(with_origin(at->elf.rpath, at->origin), name, by.elf);
            !path.empty())
          return {std::move(path)};
  if (std::string path = in_directories(with_origin(by.elf.runpath, by.origin), name, by.elf); !path.empty())
    return {std::move(path)};

  const Directories defaults = musl ? musl_directories(program) : default_directories(program);
  if (!musl)
    for (std::string& path : in_cache(name))
      if (fits(path, by.elf)) {
        const std::string directory = path.substr(0, path.rfind('/'));
        return {std::move(path), std::find(defaults.begin(), defaults.end(), directory) == defaults.end()};
      }
  if (std::string path = in_directories(defaults, name, by.elf); !path.empty()) return {std::move(path)};
  throw Error(Step::root, name, ENOENT, "no library of that name is where " + program.interpreter + " looks");
}

}  // namespace isolator
