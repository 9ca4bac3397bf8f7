#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report.h"

namespace escapement {

/// A launch as a multiple of the floor, which is the launch of the profile `open` in the same run: so that a
/// slower machine is not a slower sandbox.
struct LaunchRatio {
  enum Trend { not_judged, alike, slower, faster };
  double was = 0, is = 0;
  double threshold = 0;  ///< from which on it is slower
  Trend trend = not_judged;
};

struct ProfileTime {
  std::string target, profile;
  microseconds was{}, is{};  ///< the p50 of a launch
  std::size_t samples = 0;   ///< in the report that has fewer
  LaunchRatio p50, p99;
};

struct LaunchTimes {
  std::vector<ProfileTime> profiles;  ///< those of both reports, without the floor
  std::string no_floor;               ///< why no times are compared; empty: they are
};

/// Slower is a p50 that takes `factor` times as many floors as it did, from 20 samples of each on, and a p99
/// that takes twice `factor` times as many p99 of the floor, from 100 on: a p99 is one of the slowest few,
/// which anything else on the machine can be to blame for.
LaunchTimes compare_times(const Report& base, const Report& now, double factor);

/// "7.2x"
std::string times_the_floor(double ratio);

}  // namespace escapement
