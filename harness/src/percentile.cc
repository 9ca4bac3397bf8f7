#include "percentile.h"

#include <algorithm>

namespace escapement {

std::optional<Distribution> distribution(std::vector<microseconds> samples) {
  if (samples.empty()) return std::nullopt;
  std::sort(samples.begin(), samples.end());
  // The smallest value that at least p per cent of the samples do not exceed: rank ceil(p * n / 100), counted
  // from 1.
  auto rank = [&](std::size_t p) { return samples[(p * samples.size() + 99) / 100 - 1]; };
  return Distribution{rank(50), rank(90), rank(99), samples.size(), rank(10)};
}

}  // namespace escapement
