// The compiler for lists against libseccomp: two programs, and one answer for every call.

#include "seccomp_filter.h"

#include <gtest/gtest.h>
#include <isolator/profile.h>
#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstring>

namespace isolator {
namespace {

constexpr ExecArguments exec{0x7f0012345678, 0x7f0087654321};

// The part of classic BPF that either compiler uses: linux/filter.h. What it does not know gives an action
// that no filter here does.
std::uint32_t run(const Filter& program, const seccomp_data& data) {
  constexpr std::uint32_t lost = SECCOMP_RET_TRAP;
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& i = program[at];
    const auto jump = [&](bool yes) { at += yes ? i.jt : i.jf; };
    switch (i.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (i.k + sizeof a > sizeof data) return lost;
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + i.k, sizeof a);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == i.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= i.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > i.k);
        break;
      case BPF_JMP | BPF_JA:
        at += i.k;
        break;
      case BPF_RET | BPF_K:
        return i.k;
      default:
        return lost;
    }
  }
  return lost;
}

#if defined(__x86_64__)
constexpr std::uint32_t architectures[] = {AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64};
#else
constexpr std::uint32_t architectures[] = {AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM, AUDIT_ARCH_X86_64};
#endif

void expect_same(const std::string& section) {
  const Seccomp wanted = *parse_profile("name = \"t\"\n[seccomp]\n" + section, "test").spec.seccomp;
  const std::optional<Filter> list = compile_list(wanted, exec);
  ASSERT_TRUE(list);
  const Filter rules = compile_rules(wanted, exec);
  ASSERT_NE(list->size(), rules.size()) << "the same program tells nothing";

  const auto argv = std::uint64_t(exec.argv), environment = std::uint64_t(exec.environment);
  const std::uint64_t high = std::uint64_t(1) << 32;
  const std::uint64_t arguments[][4] = {
      {0, 0, 0, 0},
      {0, argv, environment, 0},
      {0, 0, argv, environment},
      {0, argv, environment ^ high, 0},
      {0, 0, argv, environment ^ high},
      {0, argv ^ high, environment, 0},
      {0, 0, argv ^ high, environment},
      {0, argv ^ 1, environment, 0},
      {0, 0, argv ^ 1, environment},
      {0, argv, environment ^ 1, 0},
      {0, 0, argv, environment ^ 1},
  };
  for (const std::uint32_t arch : architectures)
    for (const std::uint32_t base : {0U, 0x40000000U - 500, 0x40000000U, 0x80000000U, ~0U - 1000})
      for (std::uint32_t number = base; number - base <= 1000; ++number)
        for (const auto& args : arguments) {
          seccomp_data data{};
          data.nr = int(number);
          data.arch = arch;
          std::memcpy(data.args, args, sizeof args);
          ASSERT_EQ(run(*list, data), run(rules, data))
              << std::hex << "arch " << arch << ", call " << number << ", arguments " << args[1] << ", "
              << args[2] << ", " << args[3];
        }
}

TEST(SeccompList, AnswersAsLibseccompForAnAllowList) {
  expect_same(
      "default = \"ENOSYS\"\nallow = [\"@default\", \"@process\", \"@file\", \"@network\", \"chroot\"]\n");
}

TEST(SeccompList, AnswersAsLibseccompForADenyList) {
  expect_same(
      "default = \"allow\"\ndenied = \"EPERM\"\ndeny = [\"@mount\", \"@debug\", \"@module\", \"reboot\"]\n");
}

TEST(SeccompList, AnswersAsLibseccompForSeveralActions) {
  expect_same(
      "default = \"kill\"\nallow = [\"read\", \"write\", \"exit_group\", \"execve\"]\n"
      "rules = [{ syscall = \"pread64\", action = \"EBADF\" }, { syscall = \"mkdir\", action = \"log\" }]\n");
}

TEST(SeccompList, AnswersAsLibseccompWhereTheExecOfThePayloadIsAllThatIsAllowed) {
  expect_same("default = \"EPERM\"\nallow = []\n");
}

TEST(SeccompList, AnswersAsLibseccompWhereOtherArchitecturesAreAllowed) {
  expect_same("default = \"ENOSYS\"\nallow = [\"@process\", \"@file\"]\nother_architectures = \"allow\"\n");
  expect_same("default = \"allow\"\ndeny = [\"@mount\"]\nother_architectures = \"allow\"\n");
}

TEST(SeccompList, LeavesRulesThatLookAtArgumentsToLibseccomp) {
  Seccomp wanted;
  wanted.rules.push_back(
      {"ioctl", {Seccomp::Action::Kind::fail, EPERM}, {{1, Seccomp::Comparison::Op::eq, 5}}});
  EXPECT_FALSE(compile_list(wanted, exec));
}

TEST(SeccompList, LeavesTwoActionsForOneCallToLibseccomp) {
  Seccomp wanted;
  wanted.rules.push_back({"mkdir", {Seccomp::Action::Kind::fail, EPERM}, {}});
  wanted.rules.push_back({"mkdir", {Seccomp::Action::Kind::allow}, {}});
  EXPECT_FALSE(compile_list(wanted, exec));
}

}  // namespace
}  // namespace isolator
