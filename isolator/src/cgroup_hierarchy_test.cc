#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>

#include "cgroup_test.h"

// Where a cgroup is made. Each hierarchy has rules of its own, and a host has one of them for a controller:
// the tests of the other are skipped there.

namespace isolator {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;

fs::path parent_of(const Limits& limits) {
  return fs::path(Cgroup::make(limits).paths().at(0)).parent_path();
}

TEST(CgroupV1, IsMadeBelowTheCallersOwn) {
  if (on_v2("pids")) GTEST_SKIP() << "pids is a v2 controller on this host";
  const Cgroup outer = Cgroup::make({.pids = 8});
  const std::string above = outer.paths().at(0);
  const int status = run_in(outer, [&] { return parent_of({.pids = 4}) == above ? 0 : 1; });
  EXPECT_EQ(status, 0);
}

TEST(CgroupV1, AnInheritedOomKillDisableIsUndone) {
  if (on_v2("memory")) GTEST_SKIP() << "memory is a v2 controller on this host";
  const Cgroup outer = Cgroup::make({.memory = 64 << 20});
  cgroup::write_file(outer.paths().at(0) + "/memory.oom_control", "1");
  const int status = run_in(outer, [] {
    const Cgroup inner = Cgroup::make({.memory = 32 << 20});
    return value(inner, "memory.oom_control").starts_with("oom_kill_disable 0\n") ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST(CgroupV2, IsMadeBelowTheNearestThatPassesTheControllersOn) {
  if (!on_v2("pids") || !on_v2("memory")) GTEST_SKIP() << "pids and memory are v1 controllers on this host";
  const Cgroup outer = Cgroup::make({.pids = 8, .memory = 64 << 20});
  const fs::path above = outer.paths().at(0);
  fs::create_directory(above / "inner");
  cgroup::write_file(above / "cgroup.subtree_control", "+pids");
  const int status = run_in(Cgroup::make({}), [&] {
    cgroup::write_file(above / "inner/cgroup.procs", "0");  // the writer itself
    if (parent_of({.pids = 4}) != above) return 1;          // its own one, inner, holds a process
    return parent_of({.memory = 1 << 20}) == above.parent_path() ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
}

TEST(CgroupV2, AnotherUserMayUseWhatWasDelegated) {
  if (!on_v2("pids")) GTEST_SKIP() << "pids is a v1 controller on this host";
  const Cgroup outer = Cgroup::make({.pids = 8});
  const fs::path above = outer.paths().at(0);
  fs::create_directory(above / "inner");
  cgroup::write_file(above / "cgroup.subtree_control", "+pids");
  for (const char* file : {".", "cgroup.procs", "inner", "inner/cgroup.procs"})
    ASSERT_EQ(::chown((above / file).c_str(), nobody, nobody), 0) << file;
  const int status = run_in(Cgroup::make({}), [&] {
    cgroup::write_file(above / "inner/cgroup.procs", "0");
    if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) return 1;
    Cgroup group = Cgroup::make({.pids = 1});
    if (fs::path(group.paths().at(0)).parent_path() != above) return 2;
    if (run_in(group, [] { return ::fork() < 0 && errno == EAGAIN ? 7 : 0; }) != 7) return 3;
    group.remove();
    return group.paths().empty() ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
}

TEST(CgroupV2, IsNotMadeBelowAThreadedOne) {
  if (!on_v2("pids")) GTEST_SKIP() << "pids is a v1 controller on this host";
  const Cgroup outer = Cgroup::make({.pids = 8});
  const fs::path above = outer.paths().at(0);
  const int status = run_in(outer, [&] {
    cgroup::write_file(above / "cgroup.subtree_control", "+pids");  // above holds this process
    if (cgroup::read_file(above / "cgroup.type") != "domain threaded\n") return 1;
    const Cgroup group = Cgroup::make({.pids = 4});
    if (fs::path(group.paths().at(0)).parent_path() != above.parent_path()) return 2;
    return run_in(group, [] { return 7; }) == 7 ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
}

TEST(CgroupV2, ATopThatHoldsProcessesPassesNothingOn) {
  if (!on_v2("pids")) GTEST_SKIP() << "pids is a v1 controller on this host";
  const Cgroup outer = Cgroup::make({.pids = 8, .memory = 64 << 20});
  const int status = run_in(outer, [] {
    // What a container sees: its own cgroup as the root, which is not the kernel's root.
    if (::unshare(CLONE_NEWCGROUP | CLONE_NEWNS) != 0) return 1;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 2;
    if (::umount2("/sys/fs/cgroup", MNT_DETACH) != 0) return 3;
    if (::mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, nullptr) != 0) return 4;
    for (const Limits& limits : {Limits{.pids = 4}, Limits{.memory = 1 << 20}}) {
      const Error error = failure([&] { Cgroup::make(limits); });
      if (error.object != "/sys/fs/cgroup" || error.code().value() != EBUSY) return 5;
      if (error.hint.find("holds processes") == std::string::npos) return 6;
    }
    return cgroup::read_file("/sys/fs/cgroup/cgroup.subtree_control").empty() ? 0 : 7;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace isolator
