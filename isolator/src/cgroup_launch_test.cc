#include <fcntl.h>
#include <gmock/gmock.h>
#include <isolator/keeper.h>
#include <sys/syscall.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "builder.h"
#include "cgroup_test.h"
#include "test_sandbox.h"

// A sandbox in its cgroup, from its first moment to its last. The programs that run are static: a guest has
// no others.

namespace isolator {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

class CgroupLaunch : public CgroupTest {
 protected:
  void SetUp() override {
    CgroupTest::SetUp();
    if (::access("/bin/busybox", X_OK) != 0) GTEST_SKIP() << "needs a static busybox";
  }
};

/// In the tree and the PID namespace of this machine.
Spec busybox(const std::string& script) {
  Spec spec;
  spec.process.argv = {"/bin/busybox", "sh", "-c", script};
  spec.limits.pids = 50;
  return spec;
}

/// The child reads where it is before anything else that it does.
Plan that_looks_first(const Spec& spec) {
  Plan plan = compile(spec);
  Plan::Store& store = const_cast<Plan::Store&>(plan.store());
  const std::int16_t fd = std::int16_t(store.registers.size());
  store.registers.emplace_back("membership");
  Op open{.step = Step::cgroup, .into = fd, .nr = SYS_openat};
  open.arg = {AT_FDCWD, long("/proc/self/cgroup"), O_RDONLY | O_CLOEXEC};
  Op read{.step = Step::cgroup, .registers = 3, .nr = SYS_read};
  read.arg = {fd, Builder::scratch.number, 255};
  read.check = [](const void* scratch) noexcept {
    const char* text = static_cast<const char*>(scratch);
    const char wanted[] = "0::/";
    while (*text != '\0' && __builtin_memcmp(text, wanted, sizeof wanted - 1) != 0) ++text;
    const char ours[] = "/escapement-";
    for (; *text != '\0' && *text != '\n'; ++text)
      if (__builtin_memcmp(text, ours, sizeof ours - 1) == 0) return true;
    return false;
  };
  Op close{.step = Step::cgroup, .registers = 1, .nr = SYS_close};
  close.arg = {fd};
  store.ops.insert(store.ops.begin(), {open, read, close});
  return plan;
}

TEST_F(CgroupLaunch, InV2IsThereFromTheFirstMoment) {
  const Spec spec = busybox("exit 7");
  const bool v2 = on_v2("pids");
  EXPECT_EQ(describe(compile(spec)).find("CLONE_INTO_CGROUP") != std::string::npos, v2);
  if (v2) {
    EXPECT_EQ(launch(that_looks_first(spec)).wait().code, 7);
  } else {  // and the look is a real one: it enters v1 by itself, later
    EXPECT_THROW(launch(that_looks_first(spec)), Error);
  }
}

TEST_F(CgroupLaunch, ThePlanEntersEachHierarchyOnceAndFirst) {
  Spec spec = busybox("true");
  spec.limits.devices.emplace();
  std::string expected;
  bool v2 = false;
  for (const cgroup::Share& share : cgroup::shares(spec.limits, cgroup::read_tables()))
    share.hierarchy.v2 ? void(v2 = true) : void(expected += "cgroup        write($cgroup, \"0\", 1)\n");
  expected = "clone         clone3(" + std::string(v2 ? "CLONE_INTO_CGROUP" : "0") + ")\n" + expected +
             "fds           close_range";
  EXPECT_THAT(describe(compile(spec)), ::testing::StartsWith(expected));
}

TEST_F(CgroupLaunch, OfV1IsMadeWhileTheChildMakesItsNetwork) {
  Spec spec = busybox("exit 7");
  spec.unshare = Ns::net;
  const std::string plan = describe(compile(spec));
  if (on_v2("pids"))
    EXPECT_THAT(plan, ::testing::StartsWith("clone         clone3(CLONE_NEWNET|CLONE_INTO_CGROUP)\n"));
  else
    EXPECT_THAT(plan, ::testing::StartsWith("clone         clone3(0)\n"
                                            "namespaces    unshare(CLONE_NEWNET)\n"
                                            "cgroup        -- the parent has made the cgroups\n"
                                            "cgroup        write($cgroup, \"0\", 1)\n"
                                            "fds           close_range"));
  EXPECT_EQ(launch(compile(spec)).wait().code, 7);
}

// A cgroup namespace has for its root the cgroup that its maker was in: in its last one, or the caller's.
TEST_F(CgroupLaunch, InACgroupNamespaceItIsTheRoot) {
  Spec spec = busybox("exec /bin/busybox grep -q /escapement- /proc/self/cgroup");
  EXPECT_EQ(launch(compile(spec)).wait().code, 0) << "it does not see where it is";
  for (const Ns others : {Ns::none, Ns::net}) {
    spec.unshare = Ns::cgroup | others;
    EXPECT_EQ(launch(compile(spec)).wait().code, 1);
    Spec look = spec;
    look.process.argv.back() = "exec /bin/busybox grep -qE '(:pids|^0:):/$' /proc/self/cgroup";
    EXPECT_EQ(launch(compile(look)).wait().code, 0);
  }
}

TEST_F(CgroupLaunch, OneThatCannotBeMadeEndsTheChildThatWaitsForIt) {
  Spec spec = busybox("true");
  spec.unshare = Ns::net;
  spec.limits.io_max = {{.device = "/dev/null", .rbps = 2}};  // which is no disk
  try {
    launch(compile(spec));
    FAIL() << "it was launched";
  } catch (const Error& e) {
    EXPECT_EQ(e.step, Step::cgroup);
  }
  EXPECT_THAT(children_of(getpid()), ::testing::IsEmpty());
}

TEST_F(CgroupLaunch, EntersEveryHierarchyOfItsLimits) {
  Spec spec = busybox("exec /bin/busybox sleep 60");
  spec.limits.memory = 64 << 20;
  spec.limits.cpu = 1;
  spec.limits.devices.emplace();
  const Child child = launch(compile(spec));
  for (const std::string& path : child.cgroups())
    EXPECT_EQ(cgroup::read_file(path + "/cgroup.procs"), std::to_string(child.pid()) + "\n") << path;
}

// A process between enters them, and was in the cgroup before it did.
TEST_F(CgroupLaunch, WhoJoinsNamespacesIsThereToo) {
  Spec target = busybox("exec /bin/busybox sleep 60");
  target.unshare = Ns::uts | Ns::cgroup;
  const Child other = launch(compile(target));
  Spec spec = busybox("exec /bin/busybox sleep 60");
  spec.join = {{.pid = other.pid()}};
  const Child child = launch(compile(spec));
  for (const std::string& path : child.cgroups())
    EXPECT_EQ(cgroup::read_file(path + "/cgroup.procs"), std::to_string(child.pid()) + "\n") << path;
}

TEST_F(CgroupLaunch, ALimitOfOneTaskIsEnoughForItself) {
  Spec spec = busybox("exit 7");
  spec.limits.pids = 1;
  EXPECT_EQ(launch(compile(spec)).wait().code, 7);
}

/// Counts in a pipe for as long as it runs.
struct Counting {
  Counting() {
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::system_error(errno, std::generic_category());
  }
  ~Counting() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  Spec spec() const {
    Spec out = busybox(
        "(while :; do echo; /bin/busybox usleep 1000; done) & while :; do echo; /bin/busybox usleep 1000; "
        "done");
    out.process.fds = {{ends[1], 1}};
    return out;
  }
  /// Did it count within this time?
  bool goes_on(milliseconds time) const {
    char buffer[65536];
    while (::read(ends[0], buffer, sizeof buffer) > 0) {
    }
    std::this_thread::sleep_for(time);
    return ::read(ends[0], buffer, sizeof buffer) > 0;
  }
  int ends[2];
};

TEST_F(CgroupLaunch, AFrozenSandboxStopsAndGoesOn) {
  const Counting counting;
  Child child = launch(compile(counting.spec()));
  EXPECT_TRUE(counting.goes_on(milliseconds(500)));
  for (int again = 0; again < 2; ++again) {
    child.freeze();
    EXPECT_FALSE(counting.goes_on(milliseconds(200)));
    child.thaw();
    EXPECT_TRUE(counting.goes_on(milliseconds(500)));
  }
}

TEST_F(CgroupLaunch, AFrozenSandboxCanBeEnded) {
  const Counting counting;
  Spec spec = counting.spec();
  spec.process.wall = milliseconds(300);
  std::vector<std::string> paths;
  {
    Child child = launch(compile(spec));
    child.freeze();
    paths = child.cgroups();
    EXPECT_EQ(child.wait().kind, Outcome::Kind::timed_out);
  }
  {
    Child child = launch(compile(counting.spec()));
    child.freeze();
    child.kill();
    EXPECT_EQ(child.wait().code, SIGKILL);
  }
  {
    Child child = launch(compile(counting.spec()));
    child.freeze();
  }
  for (const std::string& path : paths) EXPECT_FALSE(std::filesystem::exists(path)) << path;
}

TEST_F(CgroupLaunch, AFrozenSandboxGoesWithAKilledLauncher) {
  const Counting counting;
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const int status = under_keeper([&] {
    Child child = launch(compile(counting.spec()));
    child.freeze();
    std::string paths;
    for (const std::string& path : child.cgroups()) paths += path + "\n";
    if (::write(ends[1], paths.data(), paths.size()) != ssize_t(paths.size())) return 1;
    return ::kill(::getpid(), SIGKILL);
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  ::close(ends[1]);
  std::string paths(4096, '\0');
  paths.resize(std::size_t(::read(ends[0], paths.data(), paths.size())));
  ::close(ends[0]);
  std::string_view rest = paths;
  ASSERT_FALSE(rest.empty());
  while (!rest.empty()) {
    const std::string path(cgroup::next(rest, '\n'));
    EXPECT_FALSE(std::filesystem::exists(path)) << path;
  }
}

TEST_F(CgroupLaunch, WithoutALimitThereIsNothingToFreeze) {
  Spec spec = busybox("exec /bin/busybox sleep 60");
  spec.limits = {};
  Child child = launch(compile(spec));
  const Error error = failure([&] { child.freeze(); });
  EXPECT_EQ(error.step, Step::cgroup);
  EXPECT_EQ(error.code().value(), ENOENT);
  EXPECT_THAT(error.hint, HasSubstr("set one, of pids"));
  child.thaw();
}

TEST_F(CgroupLaunch, TheOutcomeTellsWhatTheKernelCounted) {
  Spec spec = busybox("for i in 1 2 3 4; do /bin/busybox sleep 0.2 & done; wait");
  spec.limits.memory = 64 << 20;
  spec.limits.cpu = 1;
  const Counters counters = launch(compile(spec)).wait().counters;
  EXPECT_THAT(counters, Contains(Pair("pids.events.max", 0)));
  EXPECT_THAT(counters, Contains(Pair("memory.events.oom_kill", 0)));
  EXPECT_TRUE(counters.contains("cpu.stat.nr_throttled"));
  const auto at_least = [&](const char* name, std::uint64_t least, bool must) {
    EXPECT_TRUE(counters.contains(name) || !must) << name;
    if (counters.contains(name)) {
      EXPECT_GE(counters.at(name), least) << name;
    }
  };
  at_least("pids.peak", 5, false);                  // Linux 6.1
  at_least("memory.peak", 4096, !on_v2("memory"));  // of v2 Linux 5.19
  at_least("cpu.stat.usage_usec", 1, on_v2("cpu"));
}

}  // namespace
}  // namespace isolator
