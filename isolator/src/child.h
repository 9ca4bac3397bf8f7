#pragma once

#include "builder.h"

#include <linux/sched.h>
#include <pthread.h>

#include <cstdint>

namespace isolator {

/// What parent and child both see while the child builds the sandbox: they share their memory until its exec.
struct Shared {
  const Op* ops = nullptr;
  std::uint32_t count = 0;
  std::uint32_t first = 0;       // of the child; those before it are the joiner's
  clone_args* child = nullptr;   // for the joiner
  pid_t pid = 0;                 // of the child, from the joiner's clone
  std::int32_t clone_error = 0;  // of that clone
  long* registers = nullptr;
  alignas(8) unsigned char scratch[256]{};

  // Counts the child's waits for the parent, from 1; the kernel writes 0 and wakes the futex when the child
  // has execed or exited (CLONE_CHILD_CLEARTID).
  std::uint32_t state = 1;
  std::uint32_t go = 1;                                  // the last wait that the parent has answered
  pthread_mutex_t presence = PTHREAD_MUTEX_INITIALIZER;  // of the parent, until the child execs or is held
  bool lets_wait = false;  // does the filter allow what a child calls to wait, and to read the clock?
  bool hold = false;       // the parent wants the child to wait at Op::Kind::hold
  bool held = false;       // and there it waits

  std::int32_t failed_op = -1;
  std::int32_t err = 0;
  std::int64_t began = 0;                             // CLOCK_MONOTONIC, ns: end of the last step
  std::int64_t spent[std::size_t(Step::wait) + 1]{};  // ns by step
};

/// The child: makes every operation of the plan in turn, and ends with the exec of the payload or with the
/// fault in `Shared`. Nothing else runs between clone and exec.
[[noreturn]] void run_child(void* shared) noexcept;

/// A process between the two, with a copy of the parent's memory but for `Shared`: makes the operations
/// before `first`, which enter namespaces, then clones the child. Their processes could otherwise trace the
/// child and, through it, write into the memory of the parent.
[[noreturn]] void run_joiner(void* shared) noexcept;

}  // namespace isolator
