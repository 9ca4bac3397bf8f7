#include <isolator/paths.h>

#include <filesystem>

namespace isolator {

std::string share_directory() {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  return program.parent_path().parent_path() / "share" / "escapement";
}

std::string profile_path(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml")) return name_or_path;
  return share_directory() + "/profiles/" + name_or_path + ".toml";
}

}  // namespace isolator
