#pragma once

#include <string>

#include "report.h"
#include "style.h"

namespace escapement {

/// The report for a person: host, matrix, what is not green and why, times, conclusion. A report of one run
/// is drawn line by line instead of as a matrix. On a terminal no line is wider than `style.width`, as far as
/// its fixed parts allow it.
std::string to_table(const Report&, const Style&);

}  // namespace escapement
