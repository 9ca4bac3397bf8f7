#pragma once

#include <isolator/launch.h>

#include <memory>

namespace isolator {

/// Sandboxes of one Plan, built ahead by a thread of the pool up to their filter and their exec, and waiting
/// there; each is used once. What a sandbox is made of is what `launch` makes it of, by the same calls.
///
/// A sandbox that waits does so in the memory of its caller: as long as one does, /proc/self of a caller who
/// is not root may be root's where the Plan changes the uid (PR_SET_DUMPABLE, prctl(2)), and no other launch
/// can set an OOM score. Its descriptors, its cgroup and its clocks are those of the time when it was built.
/// A pool does not survive a fork(2), and its sandboxes not their pool (PR_SET_PDEATHSIG, prctl(2)).
class Pool {
 public:
  /// Begins to build `ahead` of them. Throws Error{Step::validate} where the Plan has an OOM score of its
  /// own: it belongs to the memory.
  Pool(const Plan& plan, unsigned ahead);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Kills those that wait, and those that were taken and still run.
  ~Pool();

  /// Starts the payload of the oldest, waiting for one where none is ready: returns after its exec. Another
  /// is built in its place. Throws what `launch` would; the next call tries again.
  Child take();

  /// Waits until `ahead` of them are ready. Throws as `take`.
  void fill();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace isolator
