// A launch whose n-th system call fails, or during whose n-th the launcher is killed, for every n: the error
// names step, object and errno, and nothing is left. The fault is a real one: the call is replaced in the
// plan.

#include "replaced.h"
#include "test_sandbox.h"

#include <isolator/keeper.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <tuple>

namespace isolator {
namespace {

using testing::shell;

Spec every_layer() {
  Spec spec = shell("true");
  spec.unshare = spec.unshare | Ns::net | Ns::ipc | Ns::uts | Ns::cgroup;
  spec.nested_user = false;
  spec.root.read_only = true;
  spec.root.size = 64 << 20;
  spec.root.masked_paths = {"/proc/kcore", "/proc/tty"};
  spec.root.read_only_paths = {"/proc/sys"};
  spec.mounts.push_back({.type = Mount::Type::dev, .target = "/dev"});
  spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/tmp", .read_only = true});
  spec.files = {{.path = "/tmp/file", .content = "text"}, {.path = "/tmp/link", .symlink = "file"}};
  spec.identity = {.uid = 1000, .gid = 1000};
  spec.capabilities = Capabilities{.keep = 1 << CAP_CHOWN, .securebits = 1};
  spec.seccomp = Seccomp{.rules = {{"mkdir", {Seccomp::Action::Kind::notify}, {}}}};
  spec.process.hostname = spec.process.domainname = "h";
  spec.process.rlimits = {{RLIMIT_CORE, 0}};
  spec.process.nice = 1;
  spec.process.ioprio = 3 << 13;
  spec.process.processors = {0};
  spec.process.personality = ADDR_NO_RANDOMIZE;
  spec.process.stop_at_exec = true;
  if (geteuid() == 0) spec.limits.pids = 50;
  return spec;
}

// What a launch could leave behind. Other tests run at the same time: mounts are those of a mount namespace,
// and temporary directories those of a directory, that only this process has; a cgroup is named by who made
// it.
class Injection : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(mkdtemp(scratch_), nullptr);
    if (const char* before = getenv("TMPDIR")) tmpdir_ = before;
    setenv("TMPDIR", scratch_, 1);
    if (geteuid() == 0) {
      ASSERT_EQ(unshare(CLONE_NEWNS), 0);
      ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    }
    before_ = {mounts(), descriptors(), cgroups()};
  }

  void TearDown() override {
    EXPECT_EQ(mounts(), before_.mounts);
    EXPECT_EQ(descriptors(), before_.descriptors);
    tmpdir_ ? setenv("TMPDIR", tmpdir_->c_str(), 1) : unsetenv("TMPDIR");
    EXPECT_EQ(rmdir(scratch_), 0) << "a temporary directory is left in " << scratch_;
    std::set<std::string> left;
    for (int tries = 0; tries < 100; ++tries) {  // another test's keeper may be about to remove them
      left = cgroups();
      for (const std::string& path : before_.cgroups) left.erase(path);
      if (left.empty()) break;
      usleep(100'000);
    }
    EXPECT_THAT(left, ::testing::IsEmpty());
  }

 private:
  struct Before {
    std::string mounts;
    std::size_t descriptors = 0;
    std::set<std::string> cgroups;
  };

  static std::string mounts() {
    std::ifstream file("/proc/self/mountinfo");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::size_t descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  }
  // Those whose maker has ended, or is this process: escapement-PID-NUMBER.
  static std::set<std::string> cgroups() {
    std::set<std::string> out;
    collect("/sys/fs/cgroup", out);
    return out;
  }
  static void collect(const std::filesystem::path& directory, std::set<std::string>& out) {
    std::error_code gone;  // somebody else's, meanwhile
    for (auto it = std::filesystem::directory_iterator(directory, gone);
         it != std::filesystem::directory_iterator(); it.increment(gone)) {
      const std::string name = it->path().filename();
      if (!it->is_directory(gone) || it->is_symlink(gone)) continue;
      const pid_t maker = name.starts_with("escapement-") ? pid_t(std::atoi(name.c_str() + 11)) : 0;
      if (maker != 0 && (maker == getpid() || kill(maker, 0) != 0)) out.insert(it->path());
      collect(it->path(), out);
    }
  }

  char scratch_[40] = "/tmp/escapement-injection-XXXXXX";
  std::optional<std::string> tmpdir_;
  Before before_;
};

// Steps that are calls of the child, and so fail in turn here. A new step has to be put into one of the two.
bool is_the_childs(Step step) {
  switch (step) {
    case Step::validate:  // Contradictions
    case Step::clone:     // Launch
    case Step::maps:      // Faults, Launch
    case Step::wait:      // Keeper
    case Step::network:   // NetworkVeth, NetworkUser
    case Step::landlock:  // Landlocked, where the kernel has it
      return false;
    case Step::cgroup:
    case Step::fds:
    case Step::session:
    case Step::hostname:
    case Step::loopback:
    case Step::propagation:
    case Step::mount:
    case Step::root:
    case Step::namespaces:
    case Step::limits:
    case Step::schedule:
    case Step::keyring:
    case Step::personality:
    case Step::capabilities:
    case Step::identity:
    case Step::parent:
    case Step::cwd:
    case Step::no_new_privs:
    case Step::seccomp:
    case Step::exec:
      return true;
  }
  return true;
}

struct Tried {
  std::set<Step> failed;
  std::size_t calls = 0, reached = 0;
};

Tried fail_each_call(const Plan& plan, const std::vector<pid_t>& children = {}) {
  const Plan::Store& store = plan.store();
  Tried out;
  for (std::size_t i = 0; i < store.ops.size(); ++i) {
    if (store.ops[i].kind != Op::Kind::call) continue;
    ++out.calls;
    const Replaced fault(plan, i, SYS_close, {-1});
    try {
      launch(plan);
    } catch (const Error& e) {
      ++out.reached;
      out.failed.insert(e.step);
      EXPECT_EQ(name(e.step), name(store.ops[i].step)) << i;
      EXPECT_EQ(e.object, store.texts[store.ops[i].text].object) << i;
      EXPECT_EQ(e.code().value(), EBADF) << i;
    }
    EXPECT_EQ(children_of(getpid()), children)
        << "a process is left by " << store.texts[store.ops[i].text].call;
  }
  return out;
}

TEST_F(Injection, EveryCallThatFailsIsNamedAndLeavesNothing) {
  const Plan plan = compile(every_layer());
  const auto [failed, calls, reached] = fail_each_call(plan);
  // Nobody but root has limits here, and who has them in v2 does not enter by himself.
  const auto enters = [](const Op& op) { return op.step == Step::cgroup; };
  const bool entered = std::any_of(plan.store().ops.begin(), plan.store().ops.end(), enters);
  // A mask is for a directory or for anything else, and only one of the branches is taken; a command is
  // looked for no further than it is found.
  EXPECT_GE(reached, calls - 9);
  for (int step = 0; step <= int(Step::wait); ++step) {
    const bool without_cgroup = Step(step) == Step::cgroup && !entered;
    EXPECT_TRUE(failed.contains(Step(step)) || without_cgroup || !is_the_childs(Step(step)))
        << "no call of step " << name(Step(step)) << " failed";
  }
}

TEST_F(Injection, SoIsEveryCallOfWhoJoinsNamespaces) {
  const Child in = launch(compile(shell("sleep 600")));
  Spec spec;
  spec.join = {{.pid = in.pid()}};
  spec.unshare = Ns::uts;
  spec.process.argv = {"/bin/true"};
  const auto [failed, calls, reached] = fail_each_call(compile(spec), {in.pid()});
  EXPECT_EQ(reached, calls);
  EXPECT_TRUE(failed.contains(Step::namespaces));
}

// What forbids user namespaces inside is tried by the launch itself.
TEST_F(Injection, ANestedUserNamespaceThatCouldBeMadeEndsTheLaunch) {
  const Plan plan = compile(every_layer());
  const auto& [ops, texts] = std::tie(plan.store().ops, plan.store().texts);
  const auto limit = std::find_if(ops.begin(), ops.end(), [&texts = texts](const Op& op) {
    return texts[op.text].object == "user.max_user_namespaces" && op.nr == SYS_write;
  });
  ASSERT_NE(limit, ops.end());
  const Replaced nothing(plan, std::size_t(limit - ops.begin()), SYS_getpid, {});
  try {
    launch(plan);
    FAIL() << "it was built";
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "namespaces user.max_user_namespaces: Operation not permitted");
    EXPECT_EQ(e.hint, "a user namespace could still be made inside");
  }
}

// As on a host without a mount namespace: the directory that launch makes must go as well.
TEST_F(Injection, ATemporaryRootGoesWithALaunchThatFails) {
  Spec spec;
  spec.unshare = Ns::user;
  spec.root.method = Root::Method::chroot;
  spec.process.argv = {"/x"};
  EXPECT_THROW(launch(compile(spec)), Error);
}

TEST_F(Injection, TheLauncherKilledDuringAnyCallLeavesNothing) {
  Spec spec = every_layer();
  spec.unshare = spec.unshare & ~Ns::pid;  // in which there would be no number for the launcher
  std::erase_if(spec.mounts, [](const Mount& m) { return m.type == Mount::Type::proc; });
  spec.root.masked_paths = spec.root.read_only_paths = {};
  spec.process.stop_at_exec = false;
  spec.process.argv = {"/bin/true"};  // one exec, not one for each directory of PATH
  const Plan plan = compile(spec);
  for (std::size_t i = 0; i < plan.store().ops.size(); ++i) {
    if (plan.store().ops[i].kind != Op::Kind::call) continue;
    const int status = under_keeper([&] {
      const Replaced call(plan, i, SYS_kill, {getpid(), SIGKILL});
      launch(plan).wait();
      return 0;
    });
    EXPECT_EQ(status, 128 + SIGKILL) << plan.store().texts[plan.store().ops[i].text].call;
  }
}

// The launcher is killed before the child sets the signal of its death for the last time: what is left is the
// mark that the kernel made.
TEST_F(Injection, WhoIsAloneBeforeTheSignalIsSetEndsByItself) {
  if (geteuid() != 0) GTEST_SKIP() << "becoming another user of the host needs root";
  testing::Output output;
  Spec spec = shell("echo ran");
  constexpr IdRange range{0, 1'879'048'192, 65536};
  spec.identity = {.uid = 1000, .gid = 1000, .uid_map = {range}, .gid_map = {range}};  // which clears it
  spec.unshare = spec.unshare & ~Ns::pid;
  spec.mounts.pop_back();
  spec.process.fds = output.fds();
  const Plan plan = compile(spec);
  const auto& ops = plan.store().ops;
  const auto check =
      std::find_if(ops.begin(), ops.end(), [](const Op& op) { return op.kind == Op::Kind::check_parent; });
  ASSERT_NE(check, ops.end());
  const auto armed = std::size_t(check - ops.begin()) - 1;
  ASSERT_EQ(ops[armed].arg[0], PR_SET_PDEATHSIG);
  static constexpr timespec a_while{1, 0};
  const pid_t launcher = fork();
  if (launcher == 0) {
    const Replaced waits(plan, armed, SYS_nanosleep, {long(&a_while), 0});
    launch(plan).wait();
    _exit(0);
  }
  usleep(200'000);
  kill(launcher, SIGKILL);
  int status = 0;
  waitpid(launcher, &status, 0);
  EXPECT_EQ(status, SIGKILL);
  EXPECT_EQ(output.read(), "");
}

}  // namespace
}  // namespace isolator
