#pragma once

#include "beside.h"
#include "caller.h"
#include "child.h"
#include "child_state.h"
#include "joiner.h"

#include <isolator/launch.h>

#include <vector>

namespace isolator {

/// A launch on its way. From its clone to its exec the child runs in the caller's memory, on this stack and
/// with these registers, so a Launching stays where it is until then; its end before that is the child's.
class Launching {
 public:
  /// Clones, and serves the child until its exec; with `hold` until it waits just before its filter and its
  /// exec. `stack` belongs to the child until `finish` has returned. Throws Error.
  Launching(const Plan& plan, const Stack& stack, bool hold);
  Launching(const Launching&) = delete;
  Launching& operator=(const Launching&) = delete;

  /// Lets a child that was held go on. Throws Error.
  Child finish();

 private:
  void make_cgroups();
  void start(const Stack& stack, const Fd& v2);
  void await_change(std::uint32_t state);
  void await_joined();
  void attend(std::uint32_t answered);
  void serve(std::uint32_t wait);
  void throw_fault(const std::exception_ptr& broken);

  Plan plan_;
  KeepDumpable keep_dumpable_;
  std::optional<WaitsInMemory> waits_;
  Shared own_;
  std::unique_ptr<SharedPage> page_;  // with joins
  Shared& shared_;
  clone_args child_{};
  std::optional<Joiner> joiner_;
  std::vector<long> registers_;
  std::vector<Fd> doors_;  // of the v1 cgroups, until the child is in them
  std::optional<Beside> beside_;
  std::unique_ptr<Child::State> state_;  // last: its end is the end of a child that uses the rest
};

}  // namespace isolator
