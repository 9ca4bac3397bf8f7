#pragma once

#include "witness/witness.h"

#include <isolator/ledger.h>

namespace escapement {

/// What a run plants on the host once for all its sandboxes, and takes away at its end: a directory with a
/// canary file and, where this user may make one, a tap interface with a random name and address (it goes
/// with the last descriptor of it, so even SIGKILL leaves none). Otherwise the first interface of the host
/// that is not the loopback stands in for it.
class HostPlantings {
 public:
  HostPlantings();  ///< throws std::system_error
  ~HostPlantings();
  HostPlantings(const HostPlantings&) = delete;
  HostPlantings& operator=(const HostPlantings&) = delete;

  const Plantings& get() const { return plantings_; }

 private:
  void plant_canary();
  void plant_interface();

  Plantings plantings_;
  isolator::ledger::Entry entry_;
  std::string directory_;
  int tap_ = -1;
};

}  // namespace escapement
