#include "test_sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::output;
using testing::run;
using testing::shell;
using Kind = Outcome::Kind;

// The working directory is a descriptor of its own (CVE-2024-21626).
TEST(Launch, LeavesTheCallersDirectory) {
  const std::string here = std::filesystem::current_path();
  ASSERT_EQ(chdir("/var"), 0);
  for (const Root::Method method : {Root::Method::chroot, Root::Method::move, Root::Method::pivot_root}) {
    Spec spec = shell("pwd; cd ..; pwd -P; stat -c %i . /; ls -d etc var");
    spec.root.method = method;
    const std::string seen = run(spec).output;
    EXPECT_THAT(seen,
                ::testing::MatchesRegex("/\n/\n([0-9]+)\n.*cannot access 'etc'.*cannot access 'var'.*"));
    EXPECT_THAT(seen, Not(HasSubstr("unreachable")));
  }
  ASSERT_EQ(chdir(here.c_str()), 0);
}

TEST(Launch, KeepsTheExitStatus) {
  const Outcome outcome = run(shell("exit 42")).outcome;
  EXPECT_EQ(outcome.kind, Kind::exited);
  EXPECT_EQ(outcome.code, 42);
  EXPECT_GT(outcome.to_exec.count(), 0);
}

TEST(Launch, TellsTheSignal) {
  Spec spec = shell("kill -TERM $$");
  spec.unshare = spec.unshare & ~Ns::pid;  // an init ignores what it did not ask for: pid_namespaces(7)
  spec.mounts.pop_back();                  // and proc would be the host's
  const Outcome outcome = run(spec).outcome;
  EXPECT_EQ(outcome.kind, Kind::signaled);
  EXPECT_EQ(outcome.code, SIGTERM);
}

TEST(Launch, KillsAtTheWallClockLimit) {
  Spec spec = shell("sleep 60");
  spec.process.wall = std::chrono::milliseconds(100);
  const Outcome outcome = launch(compile(spec)).wait();
  EXPECT_EQ(outcome.kind, Kind::timed_out);
  EXPECT_GE(outcome.to_exit, std::chrono::milliseconds(100));
}

TEST(Launch, GivesNothingOfTheCallersEnvironment) {
  setenv("ESCAPEMENT_TEST_SECRET", "secret", 1);
  Spec spec = shell("env");
  spec.process.environment["GREETING"] = "hello world";
  const std::string seen = run(spec).output;
  EXPECT_THAT(seen, Not(HasSubstr("secret")));
  EXPECT_THAT(seen, HasSubstr("GREETING=hello world\n"));
}

TEST(Launch, ClosesEveryDescriptorThatIsNotNamed) {
  const int leak = open("/etc", O_RDONLY | O_DIRECTORY);  // no O_CLOEXEC
  ASSERT_GE(leak, 3);
  const int high = fcntl(leak, F_DUPFD, 600);
  EXPECT_EQ(output("ls /proc/$$/fd; true"), "1\n2\n");
  close(leak);
  close(high);
}

TEST(Launch, GivesDescriptorsTheirNumbersInside) {
  int a[2], b[2];
  ASSERT_EQ(pipe(a), 0);
  ASSERT_EQ(pipe(b), 0);
  Spec spec = shell("echo one >&3; echo two >&4");
  // Crossed on purpose: each target may be a source that is still needed.
  const int low = fcntl(a[1], F_DUPFD, 3), other = fcntl(b[1], F_DUPFD, 3);
  spec.process.fds = {{other, 3}, {low, 4}};
  launch(compile(spec)).wait();
  char text[8]{};
  ASSERT_EQ(read(b[0], text, sizeof text), 4);
  EXPECT_STREQ(text, "one\n");
  ASSERT_EQ(read(a[0], text, sizeof text), 4);
  EXPECT_STREQ(text, "two\n");
  for (const int fd : {a[0], a[1], b[0], b[1], low, other}) close(fd);
}

TEST(Launch, ResetsSignalsAndMask) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, &before);
  const std::string status = output("grep -E 'Sig(Blk|Ign)' /proc/self/status");
  sigprocmask(SIG_SETMASK, &before, nullptr);
  signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(status, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Launch, LeavesTheCallersDumpableAttributeAlone) {
  ASSERT_EQ(prctl(PR_GET_DUMPABLE), 1);
  Spec spec = shell("true");
  spec.capabilities = Capabilities{};
  run(spec);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 1);
}

TEST(Launch, IsItsOwnSessionAndProcessGroup) {
  const std::string stat = output("cat /proc/1/stat");
  EXPECT_THAT(stat, ::testing::ContainsRegex("\\) . 0 1 1 "));  // parent none, group 1, session 1
}

TEST(Launch, DiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    Spec spec = shell("sleep 60");
    spec.identity.uid = 1;  // a change of identity clears PR_SET_PDEATHSIG
    Child child = launch(compile(spec));
    const pid_t pid = child.pid();
    if (write(ends[1], &pid, sizeof pid) != sizeof pid) _exit(1);
    pause();
    _exit(0);
  }
  pid_t sandboxed = 0;
  ASSERT_EQ(read(ends[0], &sandboxed, sizeof sandboxed), ssize_t(sizeof sandboxed));
  const int pidfd = int(syscall(SYS_pidfd_open, sandboxed, 0));
  ASSERT_GE(pidfd, 0);
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  pollfd ended{pidfd, POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, 5000), 1);
  close(pidfd);
  close(ends[0]);
  close(ends[1]);
}

TEST(Launch, KillsAllInItsPidNamespace) {
  Spec spec = shell("sleep 60 & exit 0");
  EXPECT_EQ(run(spec).outcome.kind, Kind::exited);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "nothing may be left below this process";
  EXPECT_EQ(errno, ECHILD);
}

TEST(Launch, SetsResourceLimits) {
  Spec spec = shell("ulimit -Sn; ulimit -Hn; ulimit -c");
  spec.process.rlimits = {{RLIMIT_NOFILE, 33}, {RLIMIT_CORE, 0}};
  EXPECT_EQ(run(spec).output, "33\n33\n0\n");
}

TEST(Launch, LaunchesOnePlanManyTimes) {
  Spec spec = shell("exit 7");
  const Plan plan = compile(spec);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(launch(plan).wait().code, 7);
}

TEST(Launch, AnUnwaitedSandboxIsKilled) {
  int pidfd = -1;
  {
    Child child = launch(compile(shell("sleep 60")));
    pidfd = dup(child.pidfd());
  }
  EXPECT_NE(syscall(SYS_pidfd_send_signal, pidfd, 0, nullptr, 0), 0);
  close(pidfd);
}

}  // namespace
}  // namespace isolator
