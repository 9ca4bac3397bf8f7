#include "samples.h"

#include <algorithm>

namespace bench {

double since(Clock::time_point began) {
  return std::chrono::duration<double, std::micro>(Clock::now() - began).count();
}

Percentiles percentiles(Samples samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto rank = [&](std::size_t p) { return samples[(p * samples.size() + 99) / 100 - 1]; };
  return {rank(50), rank(90), rank(99)};
}

}  // namespace bench
