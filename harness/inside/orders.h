#pragma once

#include "host_values.h"

#include <optional>
#include <string>
#include <vector>

namespace escapement::unwitnessed {

struct Order {
  std::string text;      ///< for the probe
  std::string left_out;  ///< why it is not to run here; else empty
};

/// What a probe is told where nobody has planted anything for it; docs/probe-protocol.md. Left out are those
/// whose attack needs what only a witness outside plants, those that a witness alone can judge, and those
/// that use up what others need too.
Order order_for(const ProbeInfo& probe, const HostValues* host, const HostValues& here,
                const Standings& standings);

/// The files of the host that attacks look for: the arguments of the witness `file`.
std::vector<std::string> files_of(const std::vector<ProbeInfo>& probes);

}  // namespace escapement::unwitnessed
