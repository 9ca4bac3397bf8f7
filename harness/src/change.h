#pragma once

#include <array>
#include <string_view>

namespace escapement {

/// The ways in which a report can be worse than an earlier one, the gravest first; docs/compare.md.
enum class Change {
  escaped,          ///< was contained
  fails,            ///< a claim does not hold, of a cell that was not contained before or not there
  broken,           ///< was not broken, or not there
  control_lost,     ///< the control escaped, and does no more: the probe shows nothing
  not_testable,     ///< was tested
  claim_lost,       ///< was claimed
  probe_lost,       ///< the cell is gone
  profile_lost,     ///< the run is gone, or left out
  layer_lost,       ///< of a profile
  sysctl_loosened,  ///< a setting of the kernel lets more through
  host_changed,     ///< by the run
  slower,           ///< to launch
};

inline constexpr std::array changes{
    Change::escaped,      Change::fails,           Change::broken,       Change::control_lost,
    Change::not_testable, Change::claim_lost,      Change::probe_lost,   Change::profile_lost,
    Change::layer_lost,   Change::sysctl_loosened, Change::host_changed, Change::slower,
};

std::string_view name(Change);     ///< as in a waiver and in JSON: "control-lost"
std::string_view meaning(Change);  ///< for a heading: "The control does not fire any more"

}  // namespace escapement
