#pragma once

#include <string>
#include <utility>
#include <vector>

#include "percentile.h"
#include "report.h"

namespace escapement {

/// What the sandboxes of a report cost. The sandboxes of the positive controls are not among them.
struct Timing {
  std::optional<Distribution> launch, probe, teardown;          ///< nothing where nothing was measured
  std::vector<std::pair<std::string, microseconds>> steps_p50;  ///< the steps of the launch, slowest first
};

/// A time of zero is not a sample: the launch or the probe did not take place.
Timing timing(const Report&);

}  // namespace escapement
