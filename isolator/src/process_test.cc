// What the process carries, seen from inside a sandbox.

#include "test_sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/syscall.h>

#include <fstream>
#include <thread>

namespace isolator {
namespace {

using testing::run;
using testing::shell;

std::string line_of(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

TEST(Process, NiceValue) {
  Spec spec = shell("nice");
  spec.process.nice = 7;
  EXPECT_EQ(run(spec).output, "7\n");
}

TEST(Process, IoPriority) {
  Spec spec = shell("ionice");
  spec.process.ioprio = IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT;
  EXPECT_EQ(run(spec).output, "idle\n");
  spec.process.ioprio = IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 6;
  EXPECT_EQ(run(spec).output, "best-effort: prio 6\n");
}

TEST(Process, Processors) {
  Spec spec = shell("grep Cpus_allowed_list /proc/self/status | cut -f2");
  spec.process.processors = {0};
  EXPECT_EQ(run(spec).output, "0\n");
}

TEST(Process, ProcessorsThatDoNotExistAreAnError) {
  Spec spec = shell("true");
  spec.process.processors = {1023};
  try {
    run(spec);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "schedule processors: Invalid argument");
    EXPECT_FALSE(e.hint.empty());
  }
}

// The score belongs to the memory that parent and child share until the exec.
TEST(Process, OomScoreIsTheChildsAlone) {
  const std::string before = line_of("/proc/self/oom_score_adj");
  Spec spec = shell("cat /proc/self/oom_score_adj");
  spec.process.oom_score_adj = 777;
  EXPECT_EQ(run(spec).output, "777\n");
  EXPECT_EQ(line_of("/proc/self/oom_score_adj"), before);
}

TEST(Process, OomScoreOfOneLaunchDoesNotReachAnother) {
  const std::string before = line_of("/proc/self/oom_score_adj") + "\n";
  Spec with = shell("cat /proc/self/oom_score_adj"), without = with;
  with.process.oom_score_adj = 500;
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) EXPECT_EQ(run(with).output, "500\n");
  });
  for (int i = 0; i < 50; ++i) EXPECT_EQ(run(without).output, before);
  other.join();
}

TEST(Process, OomScoreBelowTheOwnTakesPrivilege) {
  Spec spec = shell("true");
  spec.process.oom_score_adj = 2000;
  EXPECT_THROW(run(spec), Error);
  EXPECT_NO_THROW(run(shell("true"))) << "the lock is given back";
}

TEST(Process, Personality) {
  Spec spec = shell("cat /proc/self/personality");
  spec.process.personality = ADDR_NO_RANDOMIZE;
  EXPECT_EQ(run(spec).output, "00040000\n");
}

TEST(Process, DomainName) {
  Spec spec = shell("cat /proc/sys/kernel/domainname");
  spec.unshare = spec.unshare | Ns::uts;
  spec.process.domainname = "escapement.test";
  EXPECT_EQ(run(spec).output, "escapement.test\n");
}

// A key that only who possesses it may view: it is in the caller's session keyring, and nobody else's.
TEST(Process, TheCallersKeysStayOutside) {
  constexpr long possessor_only = 0x3f000000;
  ASSERT_GE(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr), 0);
  const long key = syscall(SYS_add_key, "user", "escapement-test", "secret", 6, KEY_SPEC_SESSION_KEYRING);
  ASSERT_GE(key, 0);
  ASSERT_EQ(syscall(SYS_keyctl, KEYCTL_SETPERM, key, possessor_only), 0);
  Spec spec = shell("grep -c escapement-test /proc/keys");
  EXPECT_EQ(run(spec).output, "0\n");
  spec.process.new_keyring = false;
  EXPECT_EQ(run(spec).output, "1\n") << "and without the layer they do not";
}

std::string effective(const Capabilities& capabilities, unsigned uid) {
  Spec spec = shell("grep CapEff /proc/self/status | cut -f2");
  spec.identity.uid = uid;
  spec.capabilities = capabilities;
  return run(spec).output;
}

/// Left open for whoever is started, at a number of its own.
class LeftOpen {
 public:
  LeftOpen() {
    const int file = memfd_create("left-open", MFD_CLOEXEC);
    if (file < 0 || write(file, "left open", 9) != 9 || dup2(file, number) != number) ADD_FAILURE();
    close(file);
  }
  ~LeftOpen() { close(number); }
  LeftOpen(const LeftOpen&) = delete;
  LeftOpen& operator=(const LeftOpen&) = delete;

  static constexpr int number = 77;
};

const std::string look_at_it = "cat /proc/self/fd/77; echo; echo $LEFT";

TEST(Process, InheritsNothing) {
  const LeftOpen left;
  setenv("LEFT", "in the environment", 1);
  const testing::Ran ran = run(shell("exec 2>&-; " + look_at_it));
  unsetenv("LEFT");
  EXPECT_EQ(ran.output, "\n\n");
}

TEST(Process, InheritsDescriptorsWhereAsked) {
  const LeftOpen left;
  Spec spec = shell(look_at_it);
  spec.process.inherit.descriptors = true;
  EXPECT_EQ(run(spec).output, "left open\n\n");
}

TEST(Process, InheritsTheEnvironmentWhereAskedButForWhatItNames) {
  setenv("LEFT", "in the environment", 1);
  Spec spec = shell("exec 2>&-; " + look_at_it + "; echo $PATH");
  spec.process.inherit.environment = true;
  const testing::Ran ran = run(spec);
  unsetenv("LEFT");
  EXPECT_EQ(ran.output, "\nin the environment\n/usr/bin:/bin\n");
}

TEST(Process, InheritsNoDescriptorsBesideLandlock) {
  Spec spec = shell("true");
  spec.process.inherit.descriptors = true;
  spec.landlock = Landlock{};
  EXPECT_THROW(compile(spec), Error);
}

TEST(Process, Securebits) {
  constexpr unsigned bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE;
  constexpr std::uint64_t chown = 1 << CAP_CHOWN;
  const std::string kept = "0000000000000001\n";
  EXPECT_EQ(effective({.keep = chown, .securebits = bits}, 0), kept);
  EXPECT_EQ(effective({.keep = chown, .securebits = bits}, 7), kept);
  EXPECT_EQ(effective({.keep = chown}, 0), kept);
}

// With noroot, uid 0 gains nothing by an exec that has left its ambient set.
TEST(Process, WithNorootAnExecGivesUidZeroNothing) {
  const std::string give_up = "setpriv --ambient-caps -all grep CapPrm /proc/self/status | cut -f2";
  Spec spec = shell(give_up);
  spec.process.no_new_privs = false;
  spec.capabilities = Capabilities{.keep = 1 << CAP_CHOWN | 1 << CAP_SETPCAP};
  EXPECT_EQ(run(spec).output, "0000000000000101\n");
  spec.capabilities->securebits = SECBIT_NOROOT;
  EXPECT_EQ(run(spec).output, "0000000000000000\n");
}

}  // namespace
}  // namespace isolator
