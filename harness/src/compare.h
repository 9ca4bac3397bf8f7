#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compare_times.h"
#include "report.h"
#include "waivers.h"

namespace escapement {

/// Something that is not as it was. What of the place is empty does not belong to it: a setting of the kernel
/// has no profile, a layer no probe.
struct Difference {
  std::string target, profile, probe;
  std::string what;     ///< the layer, the setting, the percentile or what of the host was changed
  std::string was, is;  ///< empty: it was not there, is not there
  std::string reason;
};

/// Something that is worse.
struct Regression {
  Change change;
  Difference at;
};

/// A regression that somebody has accepted for a while.
struct Waived {
  Regression regression;
  Waiver waiver;
};

/// What changed from one report to a later one.
struct Comparison {
  Host base, now;
  bool several_targets = false;
  std::size_t cells = 0;          ///< in both
  std::size_t added = 0;          ///< in the later one alone, and neither failing nor broken
  std::vector<Regression> worse;  ///< in the order of Change
  std::vector<Waived> waived;
  std::vector<Waiver> expired, unused;
  std::vector<Difference> better;
  std::vector<Difference> verdicts;  ///< cells whose verdict is another one, for better or worse
  std::vector<Difference> host;      ///< facts and settings of the machine
  std::string not_compared;          ///< why the settings of the kernel are not compared; empty: they are
  LaunchTimes times;
};

/// `time_factor`: how many times as long a launch must take to be worse; compare_times.h.
Comparison compare(const Report& base, const Report& now, double time_factor);

bool kernels_differ(const Comparison&);

/// 0 nothing is worse, 1 something is, or a waiver has expired.
int exit_code(const Comparison&);

}  // namespace escapement
