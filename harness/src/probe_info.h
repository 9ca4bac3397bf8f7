#pragma once

#include "bundle.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace escapement {

/// What a probe says of itself with `--describe`; docs/probe-protocol.md.
struct ProbeInfo {
  struct Attempt {
    std::string name;
    std::vector<std::string> denials;       ///< results that mean: the kernel decided, and refused
    std::vector<std::string> passes{"ok"};  ///< and that it let it through
    std::vector<std::string> absent{};      ///< that this kernel has nothing there to attack
    std::string scope{};  ///< the namespace, "session" or "group", that must be the host's for a pass to
                          ///< reach it; empty: none
  };
  std::string id, cls, guarantee, summary;
  std::vector<std::string> witness;  ///< "KIND" or "KIND ARGUMENT"
  std::vector<Attempt> attempts;
  std::vector<std::string> opening;  ///< settings over `strict` under which it must escape
  bool only_in_guest = false;        ///< all of a machine feel it
  std::optional<Bundle> bundle{};    ///< it attacks who starts it from this
  std::string program;               ///< path of the binary
  nlohmann::json description;        ///< the whole of it
};

/// A probe that cannot be asked, or whose answer is not what the protocol says.
class CatalogueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Asks the program at `path` which probes it has. Throws CatalogueError.
std::vector<ProbeInfo> describe_probes(const std::string& path);

/// All executable files of `directories`, by class and id. Throws CatalogueError; a directory without a probe
/// is an error as well.
std::vector<ProbeInfo> read_catalogue(const std::vector<std::string>& directories);

/// Where the probes are: `../probes` (a build tree) or `../libexec/escapement/probes` beside the running
/// program.
std::string probes_directory();

}  // namespace escapement
