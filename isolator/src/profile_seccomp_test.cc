#include <isolator/profile.h>

#include "syscall_groups.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <map>

namespace isolator {
namespace {

using Action = Seccomp::Action;
using Op = Seccomp::Comparison::Op;

const Action allow{Action::Kind::allow}, kill_it{Action::Kind::kill_process}, log_it{Action::Kind::log};
Action fail(int err) { return {Action::Kind::fail, err}; }

std::optional<Seccomp> parse(const std::string& section) {
  return parse_profile("name = \"p\"\n[seccomp]\n" + section, "p.toml").spec.seccomp;
}

/// What the rules say about a call; each call has one rule at most unless they look at arguments.
std::map<std::string, Action> by_name(const Seccomp& seccomp) {
  std::map<std::string, Action> out;
  for (const Seccomp::Rule& rule : seccomp.rules)
    EXPECT_TRUE(out.insert({rule.syscall, rule.action}).second) << rule.syscall;
  return out;
}

TEST(ProfileSeccomp, ReadsActions) {
  EXPECT_EQ(parse("default = \"allow\"")->otherwise, allow);
  EXPECT_EQ(parse("default = \"log\"")->otherwise, log_it);
  EXPECT_EQ(parse("default = \"kill\"")->otherwise, kill_it);
  EXPECT_EQ(parse("default = \"EACCES\"")->otherwise, fail(EACCES));
  EXPECT_EQ(by_name(*parse("default = \"allow\"\ndeny = [\"mount\"]")).at("mount"), fail(EPERM));
  EXPECT_EQ(by_name(*parse("default = \"allow\"\ndeny = [\"mount\"]\ndenied = \"kill\"")).at("mount"),
            kill_it);
}

TEST(ProfileSeccomp, ReadsModes) {
  EXPECT_EQ(parse("mode = \"strict\"")->mode, Seccomp::Mode::strict);
  EXPECT_EQ(parse("mode = \"engine\"")->mode, Seccomp::Mode::engine);
  EXPECT_EQ(parse("mode = \"filter\"\ndefault = \"ENOSYS\"")->mode, Seccomp::Mode::filter);
  EXPECT_FALSE(parse("mode = \"off\""));
  EXPECT_FALSE(parse("mode = \"off\"\ndefault = \"ENOSYS\"\nallow = [\"read\"]"));
}

TEST(ProfileSeccomp, ReadsWhatBecomesOfOtherArchitectures) {
  EXPECT_EQ(parse("default = \"ENOSYS\"")->other_architectures, kill_it);
  EXPECT_EQ(parse("default = \"ENOSYS\"\nother_architectures = \"kill\"")->other_architectures, kill_it);
  EXPECT_EQ(parse("default = \"ENOSYS\"\nother_architectures = \"allow\"")->other_architectures, allow);
  EXPECT_THROW(parse("default = \"ENOSYS\"\nother_architectures = \"EPERM\""), ProfileError);
  EXPECT_THROW(parse("mode = \"engine\"\nother_architectures = \"allow\""), ProfileError);
}

TEST(ProfileSeccomp, ExpandsGroups) {
  const std::map<std::string, Action> rules =
      by_name(*parse("default = \"ENOSYS\"\nallow = [\"@process\", \"@memory\", \"brk\"]"));
  for (const char* group : {"@process", "@memory"})
    for (const std::string_view call : find_syscall_group(group)->calls)
      EXPECT_EQ(rules.at(std::string(call)), allow) << call;
  EXPECT_FALSE(rules.contains("open"));
}

TEST(ProfileSeccomp, NamesBeatGroups) {
  const auto carved = by_name(*parse("default = \"ENOSYS\"\nallow = [\"@file\"]\ndeny = [\"chmod\"]"));
  EXPECT_EQ(carved.at("chmod"), fail(EPERM));
  EXPECT_EQ(carved.at("open"), allow);
  const auto kept = by_name(*parse("default = \"allow\"\nallow = [\"umount2\"]\ndeny = [\"@mount\"]"));
  EXPECT_EQ(kept.at("umount2"), allow);
  EXPECT_EQ(kept.at("mount"), fail(EPERM));
}

TEST(ProfileSeccomp, RulesBeatGroups) {
  const Seccomp seccomp = *parse(R"(default = "ENOSYS"
allow = ["@network"]
[[seccomp.rules]]
syscall = "socket"
action = "EACCES"
when = ["arg0 == 16"]
[[seccomp.rules]]
syscall = "socket"
action = "allow"
when = ["arg0 == 1", "arg1 & 0xf == 2"])");
  std::vector<Action> socket;
  for (const Seccomp::Rule& rule : seccomp.rules)
    if (rule.syscall == "socket") socket.push_back(rule.action);
  EXPECT_THAT(socket, testing::ElementsAre(fail(EACCES), allow)) << "and none that always holds";
}

TEST(ProfileSeccomp, ExceptionsLeaveTheirCallInTheLists) {
  const Seccomp seccomp = *parse(R"(default = "ENOSYS"
allow = ["@io", "dup"]
[[seccomp.rules]]
syscall = "ioctl"
action = "EPERM"
when = ["arg1 & 0xffffffff == 0x5412"]
[[seccomp.rules]]
syscall = "dup"
action = "kill"
when = ["arg0 == 3"])");
  std::vector<Action> ioctl, dup;
  for (const Seccomp::Rule& rule : seccomp.rules) {
    if (rule.syscall == "ioctl") ioctl.push_back(rule.action);
    if (rule.syscall == "dup") dup.push_back(rule.action);
  }
  EXPECT_THAT(ioctl, testing::ElementsAre(fail(EPERM), allow));
  EXPECT_THAT(dup, testing::ElementsAre(Action{Action::Kind::kill_process, 0}, allow));
}

TEST(ProfileSeccomp, ReadsComparisons) {
  const auto only = [](const std::string& when) {
    const std::string rule = "\naction = \"EPERM\"\nwhen = [\"" + when + "\"]";
    return parse("default = \"allow\"\n[[seccomp.rules]]\nsyscall = \"ioctl\"" + rule)->rules[0].when[0];
  };
  struct Case {
    const char* text;
    unsigned arg;
    Op op;
    std::uint64_t value, mask;
  };
  for (const Case& c :
       {Case{"arg0 == 16", 0, Op::eq, 16, 0}, Case{"arg1 != 0x10", 1, Op::ne, 16, 0},
        Case{"arg2 < 3", 2, Op::lt, 3, 0}, Case{"arg3<=3", 3, Op::le, 3, 0},
        Case{" arg4 >  3 ", 4, Op::gt, 3, 0}, Case{"arg5 >= 18446744073709551615", 5, Op::ge, ~0ULL, 0},
        Case{"arg1 & 0xffffffff == 0x5412", 1, Op::masked_eq, 0x5412, 0xffffffff}}) {
    const Seccomp::Comparison read = only(c.text);
    EXPECT_EQ(read.arg, c.arg) << c.text;
    EXPECT_EQ(read.op, c.op) << c.text;
    EXPECT_EQ(read.value, c.value) << c.text;
    EXPECT_EQ(read.mask, c.mask) << c.text;
  }
}

// libseccomp gives such a name a negative number; there is nothing to filter, and profiles can be shared.
TEST(ProfileSeccomp, TakesCallsOfOtherArchitectures) {
  EXPECT_TRUE(by_name(*parse("default = \"ENOSYS\"\nallow = [\"mmap2\"]")).contains("mmap2"));
}

}  // namespace
}  // namespace isolator
