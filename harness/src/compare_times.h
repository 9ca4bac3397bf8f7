#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report.h"

namespace escapement {

/// A launch as a multiple of the floor, which is the launch of the profile `open` in the same run: so that a
/// slower machine is not a slower sandbox.
struct LaunchRatio {
  double was = 0, is = 0;
};

enum class Trend { not_judged, alike, slower, faster };

struct ProfileTime {
  std::string target, profile;
  microseconds was{}, is{};   ///< the p50 of a launch
  std::size_t samples = 0;    ///< in the report that has fewer, of the profile or of the floor
  LaunchRatio p50, p10, p99;  ///< each to the same of the floor
  Trend trend = Trend::not_judged;
};

struct LaunchTimes {
  std::vector<ProfileTime> profiles;  ///< those of both reports, without the floor
  std::string no_floor;               ///< why no times are compared; empty: they are
};

/// Slower is a launch whose p50 and p10 both take `factor` times as many floors as they did, from 20 samples
/// of each on. A machine that is busy with other things lifts a median as high as that, but not the quickest
/// tenth, which found a processor free; and it lifts a p99 to anything, so that one is shown, and not judged.
LaunchTimes compare_times(const Report& base, const Report& now, double factor);

/// "7.2x"
std::string times_the_floor(double ratio);

}  // namespace escapement
