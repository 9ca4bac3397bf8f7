#pragma once

#include <string>
#include <vector>

#include "report.h"
#include "style.h"

namespace escapement {

/// One run, line by line: what it is made of, how many controls fired, then for each probe the verdict, the
/// reason and the times. A control that did not fire gets a line of its own.
std::vector<std::string> profile_lines(const Run&, const Style&);

}  // namespace escapement
