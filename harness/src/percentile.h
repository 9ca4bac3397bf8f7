#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace escapement {

using std::chrono::microseconds;

struct Distribution {
  microseconds p50{}, p90{}, p99{};
  std::size_t samples = 0;
  microseconds p10{};  ///< what it takes where nothing else is in the way
};

/// Percentiles by nearest rank: each is a value that was measured, none is interpolated. Nothing where there
/// are no samples. With fewer than 100 samples p99 is the largest one.
std::optional<Distribution> distribution(std::vector<microseconds> samples);

}  // namespace escapement
