#pragma once

#include <string>
#include <vector>

#include "report.h"
#include "style.h"

namespace escapement {

/// One run, line by line: what it is made of, then for each probe the verdict, the reason and the times. A
/// control that did not fire always gets a line, the others with `controls`.
std::vector<std::string> profile_lines(const Run&, const Style&, bool controls);

}  // namespace escapement
