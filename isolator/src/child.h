#pragma once

#include "builder.h"

#include <cstdint>

namespace isolator {

/// What parent and child both see while the child builds the sandbox: they share their memory until its exec.
struct Shared {
  const Op* ops = nullptr;
  std::uint32_t count = 0;
  long* registers = nullptr;
  alignas(8) unsigned char scratch[256]{};

  // Counts the child's waits for the parent, from 1; the kernel writes 0 and wakes the futex when the child
  // has execed or exited (CLONE_CHILD_CLEARTID).
  std::uint32_t state = 1;
  std::uint32_t go = 1;  // the last wait that the parent has answered
  bool hold = false;     // the parent wants the child to wait at Op::Kind::hold
  bool held = false;     // and there it waits

  std::int32_t failed_op = -1;
  std::int32_t err = 0;
  std::int64_t began = 0;                             // CLOCK_MONOTONIC, ns: end of the last step
  std::int64_t spent[std::size_t(Step::wait) + 1]{};  // ns by step
};

/// The child: makes every operation of the plan in turn, and ends with the exec of the payload or with the
/// fault in `Shared`. Nothing else runs between clone and exec.
[[noreturn]] void run_child(void* shared) noexcept;

}  // namespace isolator
