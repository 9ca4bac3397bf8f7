#pragma once

#include <string>
#include <string_view>

#include "report.h"

namespace escapement {

/// For a pull-request comment or $GITHUB_STEP_SUMMARY: conclusion, matrix, what is not green and why, times.
/// GitHub cuts a comment at 65,536 characters and a step summary at 1 MiB.
std::string to_markdown(const Report&);

/// `raw` so that GitHub-flavoured Markdown shows it as it is, in a table too.
std::string escape_markdown(std::string_view raw);

/// `raw` as a code span. Inside a table each bar still needs a backslash.
std::string code_span(std::string_view raw);

}  // namespace escapement
