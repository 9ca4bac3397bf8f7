#pragma once

#include <isolator/plan.h>

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace isolator {

/// How a sandbox ended, and what it took.
struct Outcome {
  enum class Kind { exited, signaled, timed_out } kind = Kind::exited;
  int code = 0;                        ///< exit status, or number of the signal
  std::chrono::nanoseconds to_exec{};  ///< from the call of launch to the exec of the payload
  std::chrono::nanoseconds
      to_exit{};  ///< from there to the end of the payload and of all in its PID namespace
  std::chrono::nanoseconds to_gone{};  ///< from there until nothing of the sandbox is left
  std::vector<std::pair<Step, std::chrono::nanoseconds>>
      steps;                                   ///< of to_exec; what the parent did meanwhile included
  std::chrono::microseconds user{}, system{};  ///< processor time of the payload and its waited-for children
  long max_rss_kib = 0;
  std::map<std::string, std::uint64_t>
      counters;  ///< of its cgroup, as the kernel names them: "pids.events.max", ...
  std::map<std::string, std::uint64_t> notified;  ///< how often each call was, by the action `notify`
};

/// A call that waits for an answer: seccomp_unotify(2).
struct Notification {
  pid_t pid = -1;  ///< of the thread, as the caller sees it
  std::string syscall;
  std::array<std::uint64_t, 6> args{};
};

/// What becomes of it.
struct Reply {
  /// The kernel makes the call after all. What its pointers point to may have changed since somebody looked
  /// at it, so this is no defence (seccomp_unotify(2), SECCOMP_USER_NOTIF_FLAG_CONTINUE).
  bool proceed = false;
  int err = 0;             ///< otherwise it fails with this errno,
  std::int64_t value = 0;  ///< or, where that is 0, returns this
};

struct Waiting {
  /// A descriptor, or -1: each byte that is read from it is the number of a signal for the payload; when it
  /// hangs up, that is SIGKILL. A signal that would end any process but the first of a PID namespace, which
  /// ignores what it does not handle, ends it all the same.
  int signals = -1;
  /// Asked before a signal is passed on: true where it was dealt with.
  std::function<bool(int signal)> take;
  /// Asked about each call that is notified; empty: Seccomp::answer. Nobody answers before wait() is called.
  std::function<Reply(const Notification&)> notified;
  bool always_count =
      true;  ///< false: counters only where a signal ended the payload; reading them takes time
};

/// A running sandbox. Destroying it kills it.
class Child {
 public:
  struct State;
  explicit Child(std::unique_ptr<State> state);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const;                         ///< of the payload, as the caller sees it
  int pidfd() const;                         ///< readable when it has ended; still owned by the Child
  std::vector<std::string> cgroups() const;  ///< directories on the host
  std::map<std::string, std::uint64_t> counters() const;

  /// Stops all of the sandbox, as the freezer of its cgroup does, and lets it go on again. Nothing inside can
  /// tell that, or hinder it. Needs a limit, for which there is a cgroup; throws Error{Step::cgroup}. kill()
  /// and wait() thaw where they kill; who destroys a frozen Child kills it.
  void freeze();
  void thaw();

  /// SIGKILL to the payload, and with it to all in its PID namespace and its cgroup.
  void kill();

  /// Waits for the payload, kills it when its wall-clock limit has passed, then kills and reaps what else is
  /// in its PID namespace and its cgroup, and removes the cgroup. Without either of the two, processes that
  /// the payload left behind are the caller's: see kill_descendants in keeper.h. Throws Error{Step::wait} and
  /// Error{Step::cgroup}.
  Outcome wait(const Waiting& = {});

 private:
  std::unique_ptr<State> state_;
};

/// Builds the sandbox and starts the payload in it: returns after its exec. Throws Error with the step, the
/// object and the errno of what failed; nothing is left then.
Child launch(const Plan& plan);

}  // namespace isolator
