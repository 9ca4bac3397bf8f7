#include "commands.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace escapement {
namespace {

namespace fs = std::filesystem;

// The one implementation: a static program, which is also what a bundle holds.
fs::path runner() {
  const fs::path top = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  const fs::path path = top / "libexec" / "escapement" / "inside";
  if (access(path.c_str(), X_OK) != 0) throw std::runtime_error(path.string() + ": " + std::strerror(errno));
  return path;
}

}  // namespace

int inside(const std::vector<std::string>& arguments) {
  std::string program = runner();
  std::vector<std::string> words = arguments;
  std::vector<char*> argv{program.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  execv(program.c_str(), argv.data());
  throw std::system_error(errno, std::generic_category(), "exec " + program);
}

int bundle(const std::string& directory) {
  const fs::path to = directory;
  if (fs::exists(to) && !fs::is_empty(to))
    throw UsageError(directory +
                     ": is there already, and holds something: expected a new or an empty directory");
  fs::create_directories(to / "probes");
  fs::copy_file(runner(), to / "inside");
  std::size_t bytes = fs::file_size(to / "inside"), count = 0;
  for (const auto& entry : fs::directory_iterator(probes_directory())) {
    if (!entry.is_regular_file() || access(entry.path().c_str(), X_OK) != 0) continue;
    fs::copy_file(entry.path(), to / "probes" / entry.path().filename());
    bytes += entry.file_size();
    ++count;
  }
  std::printf("%s: inside, and %zu programs in probes/: %.1f MB, static. Copy all of it, and start inside.\n",
              directory.c_str(), count, double(bytes) / 1e6);
  return 0;
}

}  // namespace escapement
