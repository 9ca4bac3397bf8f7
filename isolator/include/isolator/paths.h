#pragma once

#include <string>

namespace isolator {

/// Where the profiles and the other data files are: `../share/escapement` beside the directory of the running
/// program, both in a build tree and where it was installed. Throws std::system_error.
std::string share_directory();

/// The program for Process::init: `../libexec/escapement/init`. Throws std::system_error.
std::string init_path();

/// The file of a profile given by name ("strict": one that ships) or by path (with a slash, or ending in
/// .toml).
std::string profile_path(const std::string& name_or_path);

}  // namespace isolator
