// What the kernel answers to calls of a process that has the filter.

#include "seccomp_filter.h"

#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace isolator {
namespace {

using Kind = Seccomp::Action::Kind;
using Op = Seccomp::Comparison::Op;

/// Of a child that may do nothing else: what a sanitizer makes of _exit(3) does more.
[[noreturn]] void end(int status) {
  for (;;) syscall(SYS_exit_group, status);
}

/// The errno of one call under the filter; 0 where it succeeds.
int answer(const Spec& spec, long nr, long a = 0, long b = 0, long c = 0) {
  std::vector<Filter> filters = {compile_filter(spec, {1, 2})};
  if (std::optional<Filter> exceptions = compile_exceptions(spec))
    filters.insert(filters.begin(), *std::move(exceptions));
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(255);
    for (Filter& filter : filters) {
      const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
      if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) _exit(255);
    }
    end(syscall(nr, a, b, c) < 0 ? errno : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

Spec engine(std::uint64_t capabilities) {
  Spec spec;
  spec.unshare = Ns::user;  // in which each can be kept, whoever calls
  spec.capabilities = Capabilities{.keep = capabilities};
  spec.seccomp = Seccomp{.mode = Seccomp::Mode::engine};
  return spec;
}

constexpr long above_32_bits = 1L << 32;

// CVE-2019-10063: the command of ioctl(2) has 32 bits, and a filter sees 64.
TEST(SeccompRules, AMaskSeesWhatTheKernelSees) {
  Spec spec;
  spec.seccomp =
      Seccomp{.rules = {{"ioctl", {Kind::fail, EPERM}, {{1, Op::masked_eq, TIOCSTI, 0xffffffff}}}}};
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCSTI), EPERM);
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCSTI | above_32_bits), EPERM);
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCGWINSZ), EBADF);
  spec.seccomp->rules = {{"ioctl", {Kind::fail, EPERM}, {{1, Op::eq, TIOCSTI}}}};
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCSTI), EPERM);
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCSTI | above_32_bits), EBADF)
      << "it is not passed by: no need of a mask";
}

TEST(SeccompRules, AnExceptionRefusesWhatAListLetsThrough) {
  Spec spec;
  spec.seccomp = Seccomp{.otherwise = {Kind::fail, ENOSYS},
                         .rules = {{"ioctl", {Kind::fail, EPERM}, {{1, Op::masked_eq, TIOCSTI, 0xffffffff}}},
                                   {"ioctl", {Kind::fail, EACCES}, {{1, Op::eq, TIOCGSID}}},
                                   {"ioctl", {Kind::allow}, {}},
                                   {"exit_group", {Kind::allow}, {}}}};
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCSTI), EPERM);
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCSTI | above_32_bits), EPERM);
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCGSID), EACCES);
  EXPECT_EQ(answer(spec, SYS_ioctl, -1, TIOCGWINSZ), EBADF) << "as the list says";
  EXPECT_EQ(answer(spec, SYS_getpid), ENOSYS);
}

#if defined(__x86_64__)
/// How a child ends that calls getpid by int $0x80, under the filter if there is one: 0 where it is told its
/// pid, else minus the signal.
int getpid_of_i386(const Spec* spec) {
  Filter filter = spec != nullptr ? compile_filter(*spec, {1, 2}) : Filter{};
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  const pid_t self = fork();
  if (self == 0) {
    const pid_t pid = getpid();
    if (spec != nullptr && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
                            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0))
      _exit(255);
    long result = 20;
    __asm__ volatile("int $0x80" : "+a"(result)::"memory", "r8", "r9", "r10", "r11");
    end(result == pid ? 0 : 1);
  }
  int status = 0;
  waitpid(self, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// Where the kernel has other entries, the numbers of their calls mean something else.
TEST(SeccompRules, OtherEntriesEndTheProcess) {
  Spec spec;
  spec.seccomp = Seccomp{};  // all is allowed
  constexpr long x32 = 0x40000000;
  EXPECT_EQ(answer(spec, SYS_getppid), 0);
  EXPECT_EQ(answer(spec, SYS_getppid | x32), -SIGSYS);
  if (getpid_of_i386(nullptr) != 0) GTEST_SKIP() << "this kernel has no entry for i386";
  EXPECT_EQ(getpid_of_i386(&spec), -SIGSYS);
}

TEST(SeccompRules, OtherEntriesAreLetThroughWhereThatIsAsked) {
  Spec spec;
  spec.seccomp = Seccomp{.otherwise = {Kind::fail, EPERM},
                         .other_architectures = {Kind::allow},
                         .rules = {{"exit_group", {Kind::allow}, {}}}};
  if (getpid_of_i386(nullptr) != 0) GTEST_SKIP() << "this kernel has no entry for i386";
  for (const bool looks_at_arguments : {false, true}) {  // so that either compiler is asked
    if (looks_at_arguments) spec.seccomp->rules.push_back({"ioctl", {Kind::allow}, {{1, Op::eq, TIOCGSID}}});
    EXPECT_EQ(getpid_of_i386(&spec), 0);
    EXPECT_NE(answer(spec, SYS_getppid | 0x40000000L), -SIGSYS) << "x32, of which the kernel may have none";
    EXPECT_EQ(answer(spec, SYS_getppid), EPERM);
  }
}
#endif

TEST(SeccompEngine, RefusesWhatEnginesRefuse) {
  const Spec spec = engine(0);
  EXPECT_EQ(answer(spec, SYS_getppid), 0);
  EXPECT_EQ(answer(spec, SYS_unshare, CLONE_NEWUTS), EPERM);
  EXPECT_EQ(answer(spec, SYS_setns, -1), EPERM);
  EXPECT_EQ(answer(spec, SYS_mount), EPERM);
  EXPECT_EQ(answer(spec, SYS_bpf), EPERM);
  EXPECT_EQ(answer(spec, SYS_io_uring_setup), EPERM);
  EXPECT_EQ(answer(spec, SYS_userfaultfd), EPERM);
  EXPECT_EQ(answer(spec, SYS_keyctl), EPERM);
  EXPECT_EQ(answer(spec, SYS_perf_event_open), EPERM);
  EXPECT_EQ(answer(spec, SYS_kexec_load), EPERM);
  EXPECT_EQ(answer(spec, SYS_open_by_handle_at), EPERM);
}

TEST(SeccompEngine, LooksAtTheBitsThatTheKernelLooksAt) {
  const Spec spec = engine(0);
  EXPECT_EQ(answer(spec, SYS_socket, AF_UNIX, SOCK_STREAM), 0);
  EXPECT_EQ(answer(spec, SYS_socket, AF_VSOCK, SOCK_STREAM), EPERM);
  EXPECT_EQ(answer(spec, SYS_socket, AF_VSOCK | above_32_bits, SOCK_STREAM), EPERM);
  EXPECT_EQ(answer(spec, SYS_personality, 0xffffffff), 0);
  EXPECT_EQ(answer(spec, SYS_personality, ADDR_NO_RANDOMIZE), EPERM);
  EXPECT_EQ(answer(spec, SYS_personality, ADDR_NO_RANDOMIZE | above_32_bits), EPERM);
}

TEST(SeccompEngine, GivesBackWhatACapabilityIsGoodFor) {
  EXPECT_EQ(answer(engine(std::uint64_t(1) << CAP_SYS_ADMIN), SYS_setns, -1), EBADF);
  EXPECT_EQ(answer(engine(std::uint64_t(1) << CAP_SYS_ADMIN), SYS_clone3), EINVAL);
  EXPECT_EQ(answer(engine(std::uint64_t(1) << CAP_SYS_CHROOT), SYS_chroot, 0), EFAULT);
  EXPECT_EQ(answer(engine(std::uint64_t(1) << CAP_CHOWN), SYS_chroot, 0), EPERM);
}

TEST(SeccompEngine, MakesNoNamespaceByEitherClone) {
  const Spec spec = engine(0);
  EXPECT_EQ(answer(spec, SYS_clone, CLONE_NEWUSER | SIGCHLD), EPERM);
  EXPECT_EQ(answer(spec, SYS_clone, CLONE_NEWUSER | SIGCHLD | above_32_bits), EPERM);
  EXPECT_EQ(answer(spec, SYS_clone, SIGCHLD), 0);
  EXPECT_EQ(answer(spec, SYS_clone3), ENOSYS);
}

TEST(SeccompClone3, IsNotThereWhereTheFlagsOfCloneAreLookedAt) {
  Spec spec;
  spec.seccomp =
      Seccomp{.rules = {{"clone", {Kind::fail, EPERM}, {{0, Op::masked_eq, CLONE_NEWUSER, CLONE_NEWUSER}}},
                        {"clone3", {Kind::allow}, {}}}};
  EXPECT_EQ(answer(spec, SYS_clone3), ENOSYS);
  EXPECT_EQ(answer(spec, SYS_clone, CLONE_NEWUSER | SIGCHLD), EPERM);
  EXPECT_EQ(answer(spec, SYS_clone, SIGCHLD), 0);
}

TEST(SeccompClone3, KeepsADenialOfItsOwn) {
  Spec spec;
  spec.seccomp =
      Seccomp{.rules = {{"clone", {Kind::fail, EPERM}, {{0, Op::masked_eq, CLONE_NEWUSER, CLONE_NEWUSER}}},
                        {"clone3", {Kind::fail, EACCES}, {}}}};
  EXPECT_EQ(answer(spec, SYS_clone3), EACCES);
}

TEST(SeccompClone3, IsLeftAloneOtherwise) {
  Spec spec;
  spec.seccomp = Seccomp{.rules = {{"clone", {Kind::fail, EPERM}, {}}}};
  EXPECT_EQ(answer(spec, SYS_clone3), EINVAL);
}

}  // namespace
}  // namespace isolator
