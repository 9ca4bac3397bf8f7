#pragma once

#include <isolator/fd.h>
#include <isolator/launch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace isolator {

/// Of beyond_payload(), for the listener of the child.
inline constexpr int listener_number = 2;

/// The listener that the child has under `number`. Throws Error{Step::seccomp}.
Fd take_listener(int pidfd, int number);

/// Answers the calls of a sandbox that its filter notifies. Its end gives ENOSYS to whoever waits.
class Notices {
 public:
  Notices(Fd listener, Seccomp::Action otherwise) : listener_(std::move(listener)), otherwise_(otherwise) {}

  int fd() const { return listener_.get(); }
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

  /// One that is there, which may have gone meanwhile with whoever made it. Throws Error{Step::wait}.
  void answer(const std::function<Reply(const Notification&)>& reply);

 private:
  Fd listener_;
  Seccomp::Action otherwise_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace isolator
