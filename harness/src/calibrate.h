#pragma once

#include "run.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace escapement {

/// What is known about one probe against one profile, after layers of it were taken away one by one and
/// together.
struct ProbeCalibration {
  std::string id, cls, guarantee;
  Control control;
  /// The smallest sets of layers without which it escapes: it does not without any part of one of them. An
  /// empty set: it escapes from the profile as it is.
  std::vector<std::set<std::string>> openers;
  std::vector<std::string> broken;  ///< which cells, and why
};

/// A sandbox that cannot be without what was taken away.
struct Unbuilt {
  std::string without, reason;
  bool operator<(const Unbuilt& other) const {
    return std::tie(without, reason) < std::tie(other.without, other.reason);
  }
};

struct Calibration {
  Host host;
  std::string profile;
  std::vector<std::string> layers;  ///< of the profile, those that can be taken away
  std::vector<ProbeCalibration> probes;
  std::set<Unbuilt> unbuilt;
  std::vector<std::string> changed;  ///< what of the host is not as it was before
  std::size_t sandboxes = 0;
  microseconds elapsed{};
};

/// How many layers stand between an attack on a guarantee and its success: 0 where none does.
struct Depth {
  std::size_t number = 0;
  std::set<std::string> layers;  ///< one smallest set
  std::string probe;             ///< that gets through without them
};

/// Runs every probe against the one profile of the request: as it is, without each of its layers, and without
/// each part of the probe's own opening. Throws std::exception as run() does.
Calibration calibrate(
    const Request& request,
    const std::function<void(std::size_t done, std::size_t total, const std::string& what)>& progress);

/// Probes that escaped nowhere, though this kernel has what they attack.
std::vector<std::string> vacuous_probes(const Calibration&);

/// Layers of the profile that no probe needs taken away: whether they hold anything was not shown.
std::vector<std::string> untested_layers(const Calibration&);

/// By guarantee; one that no probe could break with all that was taken away is not in it.
std::map<std::string, Depth> depths(const Calibration&);

/// Layer -> probes that escape where it alone is missing.
std::map<std::string, std::vector<std::string>> matrix(const Calibration&);

/// 3 where a cell is broken or the host was changed; 1 where a probe is vacuous or a layer untested; else 0.
int exit_code(const Calibration&);

}  // namespace escapement
