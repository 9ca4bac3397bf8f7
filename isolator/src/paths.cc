#include <isolator/paths.h>

#include <filesystem>

namespace isolator {

namespace {

std::filesystem::path prefix() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
}

}  // namespace

std::string share_directory() { return prefix() / "share/escapement"; }

std::string init_path() { return prefix() / "libexec/escapement/init"; }

std::string profile_path(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml")) return name_or_path;
  return share_directory() + "/profiles/" + name_or_path + ".toml";
}

}  // namespace isolator
