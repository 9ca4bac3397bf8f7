#pragma once

#include <isolator/spec.h>

#include <pthread.h>
#include <sys/types.h>

#include <csignal>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>

namespace isolator {

// What a launch needs of its caller, which shares its memory with the child until the exec, and gives back.

/// While the child runs in this memory, no handler of ours may run in it.
class BlockSignals {
 public:
  BlockSignals();
  ~BlockSignals();
  BlockSignals(const BlockSignals&) = delete;
  BlockSignals& operator=(const BlockSignals&) = delete;

 private:
  sigset_t before_{};
};

/// The "dumpable" attribute belongs to the memory, not the process: the child's change of credentials clears
/// the parent's, and /proc/PID of the parent becomes root's (prctl(2)). The first launch in flight saves it,
/// the last one restores it.
class KeepDumpable {
 public:
  KeepDumpable();
  ~KeepDumpable();
  KeepDumpable(const KeepDumpable&) = delete;
  KeepDumpable& operator=(const KeepDumpable&) = delete;

  /// While the child still runs in this memory: without the attribute who is not root may take no descriptor
  /// of it (ptrace(2), access mode checking).
  static void restore();
};

/// The score of proc_pid_oom_score_adj(5) belongs to the memory as well (__set_oom_adj in Linux's
/// fs/proc/base.c): what the child wrote for itself would be its parent's, and that of each launch in flight.
/// So the parent takes it before the clone and its own again once the child has memory of its own, and no
/// other child shares the parent's meanwhile. Throws Error{Step::limits}, with EBUSY where one waits in it.
class OomScore {
 public:
  explicit OomScore(const std::optional<int>& wanted);
  ~OomScore();
  OomScore(const OomScore&) = delete;
  OomScore& operator=(const OomScore&) = delete;

  void set_child(pid_t child) { child_ = child; }

 private:
  std::shared_lock<std::shared_mutex> shared_;
  std::unique_lock<std::shared_mutex> alone_;
  std::string before_;
  pid_t child_ = 0;
};

/// The thread that launches holds a robust mutex in memory that the child reads. Should it end, by whatever,
/// the kernel first marks the mutex (FUTEX_OWNER_DIED: get_robust_list(2)) and then sends the signal of
/// PR_SET_PDEATHSIG, so who sets that and then finds no mark has missed neither. Throws Error{Step::clone}.
class Presence {
 public:
  explicit Presence(pthread_mutex_t& mutex);
  ~Presence();
  Presence(const Presence&) = delete;
  Presence& operator=(const Presence&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

/// As long as one lives, a child stays in the caller's memory for who knows how long.
class WaitsInMemory {
 public:
  WaitsInMemory();
  ~WaitsInMemory();
  WaitsInMemory(const WaitsInMemory&) = delete;
  WaitsInMemory& operator=(const WaitsInMemory&) = delete;
};

/// The child's stack, with a page below it that nobody may touch. Throws Error{Step::clone}.
class Stack {
 public:
  static constexpr std::size_t size = 64 << 10, guard = 4 << 10;
  Stack();
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  void* base() const { return base_; }

 private:
  void* base_;
};

}  // namespace isolator
