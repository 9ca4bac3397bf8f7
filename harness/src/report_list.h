#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "style.h"

namespace escapement {

/// `escapement list`: aligned columns under their headings. On a terminal the last column is wrapped to the
/// width.
std::string to_list(const std::vector<std::string>& headings,
                    const std::vector<std::vector<std::string>>& rows, const Style&);

/// `escapement explain`: what a probe says of itself, as `--describe` of docs/probe-protocol.md gives it.
/// Throws nlohmann::json::exception where a member is missing.
std::string to_explanation(const nlohmann::json& probe, const Style&);

}  // namespace escapement
