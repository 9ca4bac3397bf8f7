#pragma once

#include <chrono>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

/// One duration an iteration, in microseconds. All are kept: a mean alone hides the tail.
using Samples = std::vector<double>;

/// Microseconds from `began` until now.
double since(Clock::time_point began);

struct Percentiles {
  double p50 = 0, p90 = 0, p99 = 0;
};

/// By nearest rank: each is a value that was measured, none is interpolated. All 0 where there are no
/// samples; with fewer than 100 of them p99 is the largest.
Percentiles percentiles(Samples samples);

}  // namespace bench
