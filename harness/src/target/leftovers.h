#pragma once

#include "target.h"

#include <isolator/ledger.h>

#include <sys/types.h>

#include <string>
#include <vector>

namespace escapement {

/// Every process of this host that executes the file with this identity: identity_of() of inside.h.
std::vector<pid_t> executing(const std::string& identity);

/// What is to be taken away when a sandbox is over, and is also where the harness could not do its part.
class Leftovers {
 public:
  /// Of the probe with this identity. Both stay the caller's.
  Leftovers(const Invocation& invocation, const std::string& identity);
  ~Leftovers();
  Leftovers(const Leftovers&) = delete;
  Leftovers& operator=(const Leftovers&) = delete;

  /// By the target's own command; what it says where it fails.
  std::string remove();

  /// Kills the processes that are left, and returns how many they were. Who is told of the end of a sandbox
  /// may hear it a moment before the kernel has ended all that was in it.
  int kill();

  /// Throws std::system_error where somebody is still in one.
  void remove_control_groups();

 private:
  const Invocation& invocation_;
  const std::string& identity_;
  std::vector<isolator::ledger::Entry> entries_;
  bool removed_ = false, killed_ = false, emptied_ = false;
};

}  // namespace escapement
