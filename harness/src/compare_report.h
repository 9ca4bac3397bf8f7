#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "compare.h"
#include "style.h"

namespace escapement {

/// For a person: what is worse first, a line each; then what is waived, what is better, and the times.
std::string to_table(const Comparison&, const Style&);

/// For the comment of a pull request.
std::string to_markdown(const Comparison&);

/// As docs/report.schema.json describes it.
nlohmann::ordered_json to_json(const Comparison&);
std::string to_json_text(const Comparison&);

}  // namespace escapement
