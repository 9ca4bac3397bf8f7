#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace escapement {

struct Place;

/// What an attack changes in the OCI bundle that it is started from: docs/probe-protocol.md.
struct Bundle {
  nlohmann::json patch;               ///< of config.json, RFC 6902
  std::vector<std::string> entries;   ///< "symlink PATH TARGET", "directory PATH", "file PATH CONTENT"
  std::vector<std::string> refusals;  ///< what a runtime that was mended says when it refuses to start it
};

/// As `--describe` prints it. Throws std::invalid_argument or nlohmann::json::exception for one that can
/// never be made.
Bundle bundle_from(const nlohmann::json& described);

/// config.json, with {root} and {directory} in the patch standing for those of `place`. Throws
/// std::invalid_argument where it has no such member to change.
nlohmann::json changed_config(const nlohmann::json& config, const Bundle& bundle, const Place& place);

/// Makes its entries in the root directory of `place`; a link takes the place of an empty directory. Throws
/// std::invalid_argument for one that would be made outside, std::system_error.
void make_entries(const Bundle& bundle, const Place& place);

/// Is this what a mended runtime says of it? Any other complaint decides nothing.
bool is_refusal(const Bundle& bundle, const std::string& complaint);

}  // namespace escapement
