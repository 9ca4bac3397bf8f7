#include "change.h"

namespace escapement {

std::string_view name(Change change) {
  switch (change) {
    case Change::escaped:
      return "escaped";
    case Change::fails:
      return "fails";
    case Change::broken:
      return "broken";
    case Change::control_lost:
      return "control-lost";
    case Change::not_testable:
      return "not-testable";
    case Change::claim_lost:
      return "claim-lost";
    case Change::probe_lost:
      return "probe-lost";
    case Change::profile_lost:
      return "profile-lost";
    case Change::layer_lost:
      return "layer-lost";
    case Change::sysctl_loosened:
      return "sysctl-loosened";
    case Change::host_changed:
      return "host-changed";
    case Change::slower:
      break;
  }
  return "slower";
}

std::string_view meaning(Change change) {
  switch (change) {
    case Change::escaped:
      return "Escapes, and was contained";
    case Change::fails:
      return "A claim does not hold that did not fail before";
    case Change::broken:
      return "Broken, and was not";
    case Change::control_lost:
      return "The control does not escape any more";
    case Change::not_testable:
      return "Not testable, and was tested";
    case Change::claim_lost:
      return "Not claimed any more";
    case Change::probe_lost:
      return "Not probed any more";
    case Change::profile_lost:
      return "A profile is not run any more";
    case Change::layer_lost:
      return "A profile has lost a layer";
    case Change::sysctl_loosened:
      return "A kernel sysctl loosened";
    case Change::host_changed:
      return "The run changed the host";
    case Change::slower:
      break;
  }
  return "Slower to launch, as a ratio to the floor of the same run";
}

}  // namespace escapement
