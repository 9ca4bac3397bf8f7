#include "syscall_groups.h"

#include <gmock/gmock.h>
#include <seccomp.h>

#include <cstdlib>
#include <set>

namespace isolator {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

TEST(SyscallGroups, HoldNothingThatLibseccompDoesNotKnow) {
  for (const SyscallGroup& group : syscall_groups())
    for (const std::string_view call : group.calls)
      EXPECT_NE(seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86_64, std::string(call).c_str()),
                __NR_SCMP_ERROR)
          << group.name << " " << call;
}

// A call that no group holds could be missed by whoever denies by groups. 456, futex_requeue, came with
// Linux 6.7; uretprobe, which the kernel makes for itself, with 6.11, and has an old number.
TEST(SyscallGroups, HoldEveryCallOfX86) {
  std::set<std::string_view> held;
  for (const SyscallGroup& group : syscall_groups()) held.insert(group.calls.begin(), group.calls.end());
  std::vector<std::string> missing;
  for (int number = 0; number <= 456; ++number) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, number);
    if (name != nullptr && !held.contains(name) && name != std::string_view("uretprobe"))
      missing.emplace_back(name);
    std::free(name);
  }
  EXPECT_THAT(missing, IsEmpty());
}

TEST(SyscallGroups, HoldEachCallOnceAndInOrder) {
  for (const SyscallGroup& group : syscall_groups()) {
    EXPECT_TRUE(std::is_sorted(group.calls.begin(), group.calls.end())) << group.name;
    EXPECT_EQ(std::set(group.calls.begin(), group.calls.end()).size(), group.calls.size()) << group.name;
  }
}

TEST(SyscallGroups, AreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (const SyscallGroup& group : syscall_groups()) {
    EXPECT_TRUE(group.name.starts_with('@')) << group.name;
    EXPECT_FALSE(group.meaning.empty()) << group.name;
    EXPECT_EQ(find_syscall_group(group.name), &group);
    names.insert(group.name);
  }
  EXPECT_EQ(names.size(), syscall_groups().size());
  EXPECT_EQ(find_syscall_group("process"), nullptr);
  EXPECT_EQ(find_syscall_group("@"), nullptr);
}

// What strace shows of a static program that does nothing, by glibc 2.36.
TEST(SyscallGroups, ProcessIsWhatAStaticProgramStartsAndEndsWith) {
  EXPECT_THAT(find_syscall_group("@process")->calls,
              IsSupersetOf({"execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
                            "prlimit64", "readlink", "getrandom", "mprotect", "exit_group"}));
}

TEST(SyscallGroups, ThatAnUntrustedProgramNeedsOpenNothing) {
  for (const char* harmless :
       {"@default", "@process", "@memory", "@signal", "@time", "@sync", "@io", "@identity"})
    for (const char* dangerous :
         {"open", "openat", "socket", "mount", "unshare", "setns", "ptrace", "bpf", "io_uring_setup",
          "setuid", "chown", "init_module", "keyctl", "userfaultfd", "personality"})
      EXPECT_THAT(find_syscall_group(harmless)->calls, Not(Contains(dangerous))) << harmless;
}

}  // namespace
}  // namespace isolator
