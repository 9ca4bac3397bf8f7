// The tracer against real processes, and the witness against what they say of themselves.

#include "tracer.h"
#include "worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::Worker;

std::vector<long> values_of(const Tracer& tracer, long number) {
  std::vector<long> out;
  for (const Answer& answer : tracer.answers())
    if (answer.call == SystemCall{number}) out.push_back(answer.value);
  return out;
}

TEST(Tracer, WritesDownWhatTheKernelAnswers) {
  Worker worker([] {
    syscall(SYS_close, -1);
    syscall(SYS_getppid);
  });
  Tracer tracer(worker.pid());
  worker.go();
  EXPECT_THAT(values_of(tracer, SYS_close), ::testing::Contains(-EBADF));
  EXPECT_THAT(values_of(tracer, SYS_getppid), ::testing::ElementsAre(getpid()));
  EXPECT_FALSE(tracer.overflowed());
}

TEST(Tracer, FollowsChildrenAndSeesHowTheyEnd) {
  Worker worker([] {
    const pid_t child = fork();
    if (child == 0) {
      syscall(SYS_acct, "/no-such-file");
      std::signal(SIGSEGV, SIG_DFL);  // a sanitizer handles it, and exits
      raise(SIGSEGV);
    }
    waitpid(child, nullptr, 0);
  });
  Tracer tracer(worker.pid());
  worker.go();
  EXPECT_EQ(values_of(tracer, SYS_acct).size(), 1U);
  const std::vector<Answer> answers = tracer.answers();
  EXPECT_TRUE(
      std::any_of(answers.begin(), answers.end(), [](const Answer& one) { return one.signal == SIGSEGV; }));
}

TEST(Tracer, LetsSignalsAndStopsHappen) {
  Worker worker([] {
    const pid_t child = fork();
    if (child == 0) {
      raise(SIGSTOP);
      _exit(7);
    }
    int status = 0;
    waitpid(child, &status, WUNTRACED);
    if (WIFSTOPPED(status)) kill(child, SIGCONT);
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 7) syscall(SYS_acct, "/it-ended-as-it-should");
  });
  Tracer tracer(worker.pid());
  worker.go();
  EXPECT_EQ(values_of(tracer, SYS_acct).size(), 1U);
}

TEST(Tracer, SaysWhyItCannot) {
  Worker worker([] {});
  const Tracer first(worker.pid());
  EXPECT_THROW(Tracer(worker.pid()), std::system_error);  // it is traced already
  worker.go();
}

const ProbeInfo probe{.id = "p",
                      .cls = "c",
                      .guarantee = "c.g",
                      .summary = "",
                      .witness = {"trace"},
                      .attempts = {{"close", {"EPERM"}, {"EBADF"}}, {"ppid", {"EPERM"}}},
                      .opening = {},
                      .program = "",
                      .description = {}};

/// What the witness says of a process that closes -1, asks for its parent and copies -1, and tells of these
/// steps.
Observation of(const std::vector<Step>& steps) {
  Worker worker([] {
    syscall(SYS_close, -1);
    syscall(SYS_getppid);
    syscall(SYS_dup, -1);
  });
  const auto witness = make_witness(probe, {}, {});
  EXPECT_EQ(witness->plant({.pid = worker.pid()}).not_planted, "");
  worker.go();
  Record record;
  record.steps = steps;
  return witness->observe(record);
}

TEST(TraceWitness, ConfirmsWhatPassed) {
  const Observation seen = of({{"close(-1)", "EBADF", "close", SystemCall{SYS_close}}});
  EXPECT_EQ(seen.finding, Finding::reached);
  EXPECT_EQ(seen.text, "the kernel answered EBADF to close");
}

TEST(TraceWitness, DoesNotBelieveADenialThatTheKernelDidNotSpeak) {
  const Observation seen = of({{"getppid()", "EPERM", "ppid", SystemCall{SYS_getppid}}});
  EXPECT_EQ(seen.finding, Finding::unknown);
  EXPECT_EQ(seen.text, "it tells of EPERM, but the kernel answered ok to getppid");
}

TEST(TraceWitness, DoesNotBelieveACallThatNobodyMade) {
  const Observation seen = of({{"acct()", "EPERM", "ppid", SystemCall{SYS_acct}}});
  EXPECT_EQ(seen.finding, Finding::unknown);
  EXPECT_THAT(seen.text, HasSubstr("acct, which nobody saw it call"));
}

// The ring of io_uring was entered, and none of what was refused came out of it.
TEST(TraceWitness, TakesNoEffectOfACallThatPassed) {
  const Observation seen = of({{"getppid()", "no effect", "ppid", SystemCall{SYS_getppid}}});
  EXPECT_EQ(seen.finding, Finding::unchanged);
  EXPECT_EQ(seen.text, "the kernel answered ok to getppid");
  EXPECT_EQ(of({{"dup(-1)", "no effect", "ppid", SystemCall{SYS_dup}}}).finding, Finding::unknown);
  EXPECT_EQ(of({{"getppid()", "no effect", "ppid", std::nullopt}}).finding, Finding::unknown);
}

TEST(TraceWitness, DoesNotTakeAWordForACall) {
  EXPECT_EQ(of({{"close(-1)", "EBADF", "close", std::nullopt}}).finding, Finding::unknown);
  EXPECT_EQ(of({{"close(-1)", "SIGSYS", "close", std::nullopt}}).finding, Finding::unknown);
}

TEST(TraceWitness, DoesNotTakeTheSameAnswerTwice) {
  const Step step{"getppid()", "ok", "ppid", SystemCall{SYS_getppid}};
  const Step denied{"close(-1)", "EBADF", "ppid", SystemCall{SYS_close}};
  EXPECT_EQ(of({denied, denied}).finding, Finding::unknown);
  EXPECT_EQ(of({step}).finding, Finding::reached);
}

}  // namespace
}  // namespace escapement
