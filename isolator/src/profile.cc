// From a file to a Profile: parse, compare with the table of keys, lay the settings over it, read, check the
// whole.

#include <isolator/profile.h>

#include "profile_keys.h"
#include "profile_read.h"
#include "settings.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace isolator {

Profile parse_profile(std::string_view toml, const std::string& origin,
                      std::span<const std::string> settings) {
  Node tree = parse_toml(toml, origin);
  check_shape(tree);
  for (const std::string& setting : settings) apply_setting(tree, setting);
  Profile profile = read_profile(tree);
  check_profile(profile, tree);
  return profile;
}

Profile load_profile(const std::string& path, std::span<const std::string> settings) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file)
    throw ProfileError(path + ": cannot open: " + std::strerror(errno) + "; expected a profile, TOML");
  std::string text;
  char part[4096];
  while (const std::size_t n = std::fread(part, 1, sizeof part, file.get())) text.append(part, n);
  if (std::ferror(file.get()))
    throw ProfileError(path + ": cannot read: " + std::strerror(errno) + "; expected a profile, TOML");
  return parse_profile(text, path, settings);
}

}  // namespace isolator
