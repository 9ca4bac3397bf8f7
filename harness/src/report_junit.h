#pragma once

#include <string>

#include "report.h"

namespace escapement {

/// JUnit XML as Jenkins, GitLab and GitHub's readers take it: a suite for each run, a case for each result.
/// Broken is an error, not testable is skipped. A profile that was left out is a suite of one skipped case.
std::string to_junit(const Report&);

}  // namespace escapement
