#pragma once

#include <isolator/spec.h>

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace isolator {

/// One sandbox with a name, and the guarantees that it claims: what a TOML file holds. docs/profile.md lists
/// every key.
struct Profile {
  std::string name, summary;
  std::vector<std::string> claims;  ///< `class.property` or `class.*`
  bool rootless = false;            ///< built without privilege: a caller who is root becomes nobody first
  Spec spec;
};

/// A profile that cannot be used. what() is one line: `file:line:column: key: what is wrong; expected what`.
class ProfileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads `path`, lays `settings` over it, each `key=value`, `list+=value` or `list-=value` with a dotted key
/// and a TOML value (bare words are taken as strings), and checks the whole. Throws ProfileError.
Profile load_profile(const std::string& path, std::span<const std::string> settings = {});

/// The same from memory; `origin` stands for the file name in errors.
Profile parse_profile(std::string_view toml, const std::string& origin,
                      std::span<const std::string> settings = {});

/// Words for the layers that the profile applies, in the order of their application: "user", "mount",
/// "pivot_root", "capabilities", "seccomp", "limits.pids", ...
std::vector<std::string> layers(const Spec&);

}  // namespace isolator
