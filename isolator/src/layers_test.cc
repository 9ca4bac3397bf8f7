// Each layer, seen from inside a sandbox on this kernel.

#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/capability.h>
#include <sys/mount.h>

#include <cerrno>
#include <fstream>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::output;
using testing::run;
using testing::shell;
using Method = Root::Method;
using Action = Seccomp::Action;

class RootMethod : public ::testing::TestWithParam<Method> {};

TEST_P(RootMethod, ShowsTheNewRootOnly) {
  Spec spec = shell("echo /*");
  spec.root.method = GetParam();
  EXPECT_THAT(run(spec).output, ::testing::MatchesRegex("/bin /lib (/lib64 )?/proc /usr\n"));
}

INSTANTIATE_TEST_SUITE_P(All, RootMethod,
                         ::testing::Values(Method::chroot, Method::move, Method::pivot_root));

TEST(Layers, ReadOnlyRoot) {
  Spec spec = shell("echo x > /file; mkdir /usr/made");
  spec.root.read_only = true;
  const std::string seen = run(spec).output;
  EXPECT_THAT(seen, HasSubstr("/file: Read-only file system"));
  EXPECT_THAT(seen, HasSubstr("/usr/made"));
}

// A mount of its own below the source must turn read-only with it: MS_REC|MS_RDONLY alone would leave it
// writable.
TEST(Layers, ReadOnlyBindReachesSubmounts) {
  if (geteuid() != 0) GTEST_SKIP() << "mounting below the source needs root";
  struct Source {
    char top[32] = "/tmp/escapement-test-XXXXXX";
    std::string below;
    Source() {
      below = std::string(mkdtemp(top) != nullptr ? top : "") + "/below";
      EXPECT_EQ(mkdir(below.c_str(), 0777), 0);
      EXPECT_EQ(mount("none", below.c_str(), "tmpfs", 0, "mode=777"), 0);
    }
    ~Source() {
      umount2(below.c_str(), MNT_DETACH);
      rmdir(below.c_str());
      rmdir(top);
    }
  } const source;
  Spec spec = shell("echo x > /data/below/file && echo written");
  spec.mounts.push_back({.source = source.top, .target = "/data", .read_only = true});
  const std::string seen = run(spec).output;
  spec.mounts.back().read_only = false;
  const std::string control = run(spec).output;
  EXPECT_THAT(seen, HasSubstr("Read-only file system"));
  EXPECT_EQ(control, "written\n");
}

TEST(Layers, MaskedAndReadOnlyPaths) {
  Spec spec = shell("cat /proc/version; ls -A /proc/tty; echo 1 > /proc/sys/kernel/ns_last_pid; echo end");
  spec.root.masked_paths = {"/proc/version", "/proc/tty", "/proc/does-not-exist"};
  spec.root.read_only_paths = {"/proc/sys"};
  const std::string seen = run(spec).output;
  EXPECT_THAT(seen, ::testing::MatchesRegex("sh: .*ns_last_pid: Read-only file system\nend\n"));
}

TEST(Layers, MinimalDev) {
  Spec spec = shell("ls /dev; echo lost > /dev/null; head -c 3 /dev/zero | od -An -tx1");
  spec.mounts.push_back({.type = Mount::Type::dev, .target = "/dev"});
  EXPECT_EQ(run(spec).output,
            "fd\nfull\nnull\nrandom\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n 00 00 00\n");
}

TEST(Layers, TmpfsSize) {
  Spec spec = shell("head -c 2097152 /dev/zero > /small/file");
  spec.mounts.push_back({.type = Mount::Type::dev, .target = "/dev"});
  spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/small", .size = 1 << 20});
  EXPECT_THAT(run(spec).output, HasSubstr("No space left on device"));
}

TEST(Layers, ProcShowsThePidNamespaceOnly) { EXPECT_EQ(output("echo /proc/[0-9]*"), "/proc/1\n"); }

TEST(Layers, Hostname) {
  Spec spec = shell("uname -n");
  spec.unshare = spec.unshare | Ns::uts;
  spec.process.hostname = "escapement-test";
  EXPECT_EQ(run(spec).output, "escapement-test\n");
}

TEST(Layers, LoopbackIsUp) {
  Spec spec =
      shell("cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /proc/net/fib_trie | grep -c 127.0.0.1");
  spec.unshare = spec.unshare | Ns::net;
  const std::string up = run(spec).output;
  spec.network.kind = Network::Kind::none;
  const std::string down = run(spec).output;
  EXPECT_THAT(up, ::testing::MatchesRegex(" *lo\n[1-9][0-9]*\n"));
  EXPECT_THAT(down, ::testing::MatchesRegex(" *lo\n0\n"));
}

TEST(Layers, SingleIdMap) {
  Spec spec = shell("id -u; id -g; cat /proc/self/uid_map");
  spec.identity = {.uid = 1234, .gid = 5678};
  EXPECT_THAT(run(spec).output, ::testing::MatchesRegex("1234\n5678\n +1234 +[0-9]+ +1\n"));
}

TEST(Layers, RangedIdMap) {
  if (geteuid() != 0) GTEST_SKIP() << "mapping a range needs root";
  Spec spec = shell("id; cat /proc/self/uid_map; stat -c %u /proc/$$");
  spec.identity = {.uid = 1000,
                   .gid = 1000,
                   .groups = {5},
                   .uid_map = {{0, 1879048192, 65536}},
                   .gid_map = {{0, 1879048192, 65536}}};
  EXPECT_THAT(
      run(spec).output,
      ::testing::MatchesRegex("uid=1000.* gid=1000.* groups=1000.*,5.*\n +0 +1879048192 +65536\n1000\n"));
}

std::string sets(std::uint64_t keep, unsigned uid) {
  Spec spec = shell("grep Cap /proc/self/status | cut -f2 | tr '\\n' ' '");
  spec.identity.uid = uid;
  spec.capabilities = Capabilities{.keep = keep};
  return run(spec).output;
}

// Inheritable, permitted, effective, bounding, ambient: capabilities(7).
TEST(Layers, CapabilitySets) {
  const std::string none(16, '0'), chown("0000000000000001"), space(" ");
  EXPECT_EQ(sets(0, 0), none + space + none + space + none + space + none + space + none + space);
  EXPECT_EQ(sets(1 << CAP_CHOWN, 0),
            none + space + chown + space + chown + space + chown + space + none + space);
  EXPECT_EQ(sets(1 << CAP_CHOWN, 7),
            chown + space + chown + space + chown + space + chown + space + chown + space);
}

TEST(Layers, NoNewPrivs) {
  Spec spec = shell("grep NoNewPrivs /proc/self/status");
  EXPECT_EQ(run(spec).output, "NoNewPrivs:\t1\n");
  spec.process.no_new_privs = false;
  EXPECT_EQ(run(spec).output, "NoNewPrivs:\t0\n");
}

TEST(Layers, SeccompDenyList) {
  Spec spec = shell("mkdir /tmp; echo $?");
  spec.seccomp = Seccomp{.otherwise = {},
                         .rules = {{"mkdir", {Action::Kind::fail, ENETDOWN}, {}},
                                   {"mkdirat", {Action::Kind::fail, ENETDOWN}, {}}}};
  EXPECT_THAT(run(spec).output, HasSubstr("Network is down"));
}

TEST(Layers, SeccompAllowListStartsThePayloadWithoutAllowingExec) {
  Spec spec = shell("echo started; exec true");
  spec.seccomp = Seccomp{.otherwise = {}, .rules = {{"execve", {Action::Kind::fail, EPERM}, {}}}};
  EXPECT_THROW(run(spec), Error) << "a rule that names exec without an argument holds for the launch too";
  spec.seccomp = Seccomp{.otherwise = {Action::Kind::fail, EPERM}, .rules = {}};
  for (const char* call :
       {"read",   "write",     "openat",     "close",      "mmap",       "mprotect",        "munmap",
        "brk",    "pread64",   "newfstatat", "fstat",      "arch_prctl", "set_tid_address", "set_robust_list",
        "rseq",   "prlimit64", "getrandom",  "exit_group", "access",     "rt_sigaction",    "rt_sigprocmask",
        "getuid", "getpid",    "getppid",    "geteuid",    "getgid",     "getegid"})
    spec.seccomp->rules.push_back({call, {Action::Kind::allow}, {}});
  const std::string seen = run(spec).output;
  EXPECT_THAT(seen, HasSubstr("started\n"));
  EXPECT_THAT(seen, HasSubstr("Operation not permitted"));
}

TEST(Layers, SeccompComparesArguments) {
  Spec spec = shell("umask 0077; echo $?; umask 0022; echo $?");
  spec.seccomp = Seccomp{.otherwise = {},
                         .rules = {{"umask",
                                    {Action::Kind::kill_process},
                                    {{.arg = 0, .op = Seccomp::Comparison::Op::eq, .value = 0077}}}}};
  const testing::Ran ran = run(spec);
  EXPECT_EQ(ran.outcome.kind, Outcome::Kind::signaled);
  EXPECT_EQ(ran.outcome.code, SIGSYS);
}

// And not before it: a filter that kills comes before the exec, and the launch may make no call of its own
// then.
TEST(Layers, SeccompStrictLetsThePayloadBegin) {
  for (const bool no_new_privs : {true, false}) {
    Spec spec = shell("true");
    spec.seccomp = Seccomp{.mode = Seccomp::Mode::strict};
    spec.process.no_new_privs = no_new_privs;
    if (!no_new_privs)
      spec.seccomp = Seccomp{.otherwise = {Action::Kind::allow},
                             .rules = {{"clock_gettime", {Action::Kind::kill_process}, {}}}};
    spec.process.stop_at_exec = true;
    Child child = launch(compile(spec));
    siginfo_t stop{};
    ASSERT_EQ(waitid(P_PID, id_t(child.pid()), &stop, WSTOPPED | WEXITED | WNOWAIT | __WALL), 0);
    EXPECT_EQ(stop.si_code, CLD_TRAPPED);
    EXPECT_EQ(stop.si_status, SIGTRAP);
  }
}

TEST(Layers, SeccompStrictKillsAtTheFirstOtherCall) {
  Spec spec = shell("true");
  spec.seccomp = Seccomp{.mode = Seccomp::Mode::strict};
  const Outcome outcome = run(spec).outcome;
  EXPECT_EQ(outcome.kind, Outcome::Kind::signaled);
  EXPECT_EQ(outcome.code, SIGSYS);
}

TEST(Layers, EveryNamespaceIsNew) {
  std::vector<std::string> files = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"};
  Ns all = Ns::user | Ns::mount | Ns::pid | Ns::net | Ns::ipc | Ns::uts | Ns::cgroup;
  if (testing::exec_enters_time_namespace()) {
    files.emplace_back("time");
    all = all | Ns::time;
  }
  std::string script;
  for (const std::string& file : files) script += "readlink /proc/self/ns/" + file + "\n";
  Spec spec = shell(script);
  spec.unshare = all;
  std::istringstream seen(run(spec).output);
  for (const std::string& file : files) {
    std::string inside;
    char outside[64]{};
    ASSERT_TRUE(std::getline(seen, inside));
    ASSERT_GT(readlink(("/proc/self/ns/" + file).c_str(), outside, sizeof outside - 1), 0);
    EXPECT_NE(inside, outside);
  }
}

}  // namespace
}  // namespace isolator
