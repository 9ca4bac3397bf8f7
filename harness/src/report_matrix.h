#pragma once

#include <string>
#include <vector>

#include "report_view.h"
#include "style.h"

namespace escapement {

/// Probes down, profiles across, one glyph a cell, as finished lines. The headings stand side by side where
/// they fit into the width, else staggered over two lines, else the profiles are split into blocks one below
/// the other.
std::vector<std::string> matrix(const std::vector<Row>&, const std::vector<std::string>& headings,
                                const Style&);

}  // namespace escapement
