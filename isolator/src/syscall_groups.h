#pragma once

#include <string_view>
#include <vector>

namespace isolator {

/// System calls that go together, under a name for [seccomp]. Every call of x86-64 up to Linux 6.7 is in at
/// least one group.
struct SyscallGroup {
  std::string_view name;  ///< with the @
  std::string_view meaning;
  std::vector<std::string_view> calls;
};

const std::vector<SyscallGroup>& syscall_groups();

/// Null where there is none of that name.
const SyscallGroup* find_syscall_group(std::string_view name);

}  // namespace isolator
