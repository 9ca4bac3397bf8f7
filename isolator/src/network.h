#pragma once

#include <isolator/fd.h>

#include <sys/types.h>

namespace isolator {

class Beside;

/// Makes the pair of interfaces of Spec::network, one end where the caller is. It goes with the child's
/// network namespace. Throws Error{Step::network}.
void connect_by_veth(const Beside&);

/// slirp4netns(1) for one child: ends with it, and when the caller is gone.
class UserNetwork {
 public:
  /// Returns when the network is up. Throws Error{Step::network}.
  explicit UserNetwork(pid_t child);
  ~UserNetwork();
  UserNetwork(const UserNetwork&) = delete;
  UserNetwork& operator=(const UserNetwork&) = delete;

 private:
  Fd alive_;  // it ends when this hangs up
  pid_t pid_ = -1;
};

}  // namespace isolator
