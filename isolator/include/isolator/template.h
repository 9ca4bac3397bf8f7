#pragma once

#include <isolator/launch.h>

#include <memory>

namespace isolator {

/// A thread in a mount namespace of its own, which holds only those mounts of the host that a Plan needs: the
/// kernel copies every mount of its maker into a new mount namespace, about a microsecond each, so that a
/// launch from here takes the same time on a host with thousands of them. What a sandbox is made of is what
/// `launch` makes it of, by the same calls.
///
/// It sees the mounts of the host as they were when it was made. It does not survive a fork(2), and its
/// sandboxes not their template (PR_SET_PDEATHSIG, prctl(2)).
class Template {
 public:
  /// Throws Error{Step::validate} where the Plan makes no mount namespace, and Error{Step::propagation} where
  /// the caller may not make one: without CAP_SYS_ADMIN, for only a process of a single thread can take that
  /// from a user namespace (unshare(2)).
  explicit Template(const Plan& plan);
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  /// Kills the sandboxes that still run.
  ~Template();

  /// As isolator::launch.
  Child launch();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace isolator
