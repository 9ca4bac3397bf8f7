// Calls that the caller of a sandbox answers.

#include "syscall_groups.h"
#include "test_sandbox.h"

#include <isolator/keeper.h>
#include <isolator/pool.h>
#include <isolator/rootless.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace isolator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::run;
using testing::shell;
using Kind = Seccomp::Action::Kind;

/// A shell that makes a directory in /tmp, of a root of its own.
Spec making(const std::string& then = "", Seccomp::Action answer = {Kind::fail, EPERM}) {
  Spec spec = shell("mkdir /tmp/made" + then);
  spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/tmp"});
  spec.seccomp = Seccomp{.rules = {{"mkdir", {Kind::notify}, {}}}, .answer = answer};
  return spec;
}

constexpr const char* is_there = "; test -d /tmp/made";
constexpr const char* is_not_there = "; test ! -e /tmp/made";

TEST(SeccompNotify, TheCallFailsAsItWasAnswered) {
  const Outcome outcome = launch(compile(making(is_not_there))).wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.notified, ElementsAre(Pair("mkdir", 1)));
}

TEST(SeccompNotify, TheKernelMakesTheCallThatIsAllowed) {
  const Outcome outcome = launch(compile(making(is_there, {Kind::allow}))).wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.notified, ElementsAre(Pair("mkdir", 1)));
}

TEST(SeccompNotify, WhoWaitsIsAskedAndMayAnswerForTheCall) {
  std::vector<Notification> asked;
  Child child = launch(compile(making(" && test ! -e /tmp/made")));
  const Outcome outcome = child.wait({.notified = [&](const Notification& call) {
    asked.push_back(call);
    return Reply{};  // as if it had been made
  }});
  EXPECT_EQ(outcome.code, 0);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].syscall, "mkdir");
  EXPECT_EQ(asked[0].args[1], 0777U);
  EXPECT_GT(asked[0].pid, 0);
}

TEST(SeccompNotify, ARuleLooksAtArguments) {
  Spec spec = shell("chmod 700 /tmp/a && ! chmod 4700 /tmp/a");
  spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/tmp"});
  spec.files.push_back({.path = "/tmp/a"});
  spec.seccomp = Seccomp{};
  for (const char* call : {"chmod", "fchmodat"}) {
    const unsigned mode = call == std::string("chmod") ? 1 : 2;
    spec.seccomp->rules.push_back(
        {call, {Kind::notify}, {{mode, Seccomp::Comparison::Op::masked_eq, 04000, 04000}}});
  }
  const Outcome outcome = launch(compile(spec)).wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.notified.size(), 1U);
}

TEST(SeccompNotify, HoldsBesideAListOfWhatIsAllowed) {
  Spec spec = making(is_not_there);
  spec.seccomp->otherwise = {Kind::fail, ENOSYS};
  for (const char* group : {"@default", "@process", "@memory", "@signal", "@io", "@file"})
    for (const std::string_view call : find_syscall_group(group)->calls)
      if (call != "mkdir") spec.seccomp->rules.push_back({std::string(call), {Kind::allow}, {}});
  const Outcome outcome = launch(compile(spec)).wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.notified, ElementsAre(Pair("mkdir", 1)));
}

TEST(SeccompNotify, NothingOfItIsInside) {
  Spec spec = making();
  spec.process.argv.back() = "echo /proc/self/fd/*";
  const testing::Ran with = run(spec);
  spec.seccomp.reset();
  EXPECT_EQ(with.output, run(spec).output);
  EXPECT_THAT(with.outcome.notified, IsEmpty());
}

// Whoever answers no more leaves nobody waiting.
TEST(SeccompNotify, ASandboxThatWaitsCanBeEnded) {
  Spec spec = making();
  spec.process.wall = std::chrono::milliseconds(100);
  Child child = launch(compile(spec));
  usleep(300'000);  // nobody answers yet
  EXPECT_EQ(child.wait().kind, Outcome::Kind::timed_out);
  Child(launch(compile(making())));
}

TEST(SeccompNotify, OutOfAPoolToo) {
  Pool pool(compile(making(is_not_there)), 1);
  const Outcome outcome = pool.take().wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.notified, ElementsAre(Pair("mkdir", 1)));
}

TEST(SeccompNotify, TakesNoPrivilege) {
  const auto fails_as_answered = [] {
    const Outcome outcome = launch(compile(making(is_not_there))).wait();
    return outcome.code == 0 && outcome.notified.size() == 1 ? 0 : 1;
  };
  const auto as_nobody = [&] {
    become_nobody();
    return fails_as_answered();
  };
  EXPECT_EQ(geteuid() == 0 ? under_keeper(as_nobody) : fails_as_answered(), 0);
}

TEST(SeccompNotify, WhatTheLaunchItselfCallsIsRefused) {
  for (const char* call : {"execve", "futex", "clock_gettime", "seccomp"}) {
    Spec spec = making();
    spec.seccomp->rules.push_back({call, {Kind::notify}, {}});
    try {
      compile(spec);
      ADD_FAILURE() << call;
    } catch (const Error& e) {
      EXPECT_EQ(e.step, Step::validate);
      EXPECT_THAT(e.object, HasSubstr(call));
    }
  }
}

}  // namespace
}  // namespace isolator
