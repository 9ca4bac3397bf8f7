#include <gmock/gmock.h>
#include <grp.h>
#include <sched.h>
#include <sys/mount.h>

#include "cgroup_test.h"

// Where a cgroup is made. Each hierarchy has rules of its own, and a host has one of them for a controller:
// it has the tests of that one alone. Those of the other run in a guest (suites/test_guest.py).

namespace isolator {
namespace {

namespace fs = std::filesystem;

constexpr uid_t nobody = 65534;

class CgroupV1 : public CgroupTest, public testing::WithParamInterface<const char*> {};
class CgroupV2 : public CgroupTest, public testing::WithParamInterface<const char*> {};

std::vector<const char*> if_host_is(bool v2) {
  try {
    if (on_v2("pids") == v2 && on_v2("memory") == v2) return {"host"};
  } catch (const Error& error) {
    if (error.code().value() != EOPNOTSUPP) throw;  // else the host has neither
  }
  return {};
}

const auto name = [](const auto& one) { return one.param; };
INSTANTIATE_TEST_SUITE_P(, CgroupV1, testing::ValuesIn(if_host_is(false)), name);
INSTANTIATE_TEST_SUITE_P(, CgroupV2, testing::ValuesIn(if_host_is(true)), name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CgroupV1);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CgroupV2);

fs::path parent_of(const Limits& limits) {
  return fs::path(Cgroup::make(limits).paths().at(0)).parent_path();
}

TEST_P(CgroupV1, IsMadeBelowTheCallersOwn) {
  const Cgroup outer = Cgroup::make({.pids = 8});
  const std::string above = outer.paths().at(0);
  const int status = run_in(outer, [&] { return parent_of({.pids = 4}) == above ? 0 : 1; });
  EXPECT_EQ(status, 0);
}

TEST_P(CgroupV1, AnInheritedOomKillDisableIsUndone) {
  const Cgroup outer = Cgroup::make({.memory = 64 << 20});
  cgroup::write_file(outer.paths().at(0) + "/memory.oom_control", "1");
  const int status = run_in(outer, [] {
    const Cgroup inner = Cgroup::make({.memory = 32 << 20});
    return value(inner, "memory.oom_control").starts_with("oom_kill_disable 0\n") ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST_P(CgroupV1, AnotherUserMayUseWhatHeOwns) {
  const Cgroup outer = Cgroup::make({.pids = 8});
  const fs::path own = outer.paths().at(0);
  ASSERT_EQ(::chown(own.c_str(), nobody, nobody), 0);
  const int status = run_in(outer, [&] {
    if (::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0) return 1;
    const Cgroup group = Cgroup::make({.pids = 1});
    if (fs::path(group.paths().at(0)).parent_path() != own) return 2;
    return run_in(group, [] { return ::fork() < 0 && errno == EAGAIN ? 7 : 0; }) == 7 ? 0 : 3;
  });
  EXPECT_EQ(status, 0);
}

TEST_P(CgroupV2, IsMadeBelowTheNearestThatPassesTheControllersOn) {
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

TEST_P(CgroupV2, AnotherUserMayUseWhatWasDelegated) {
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

/// As a user, in a cgroup that was delegated to him; what `work` returns.
int as_delegate(const fs::path& group, const std::function<int()>& work) {
  for (const char* file : {".", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"})
    if (::chown((group / file).c_str(), nobody, nobody) != 0) return 101;
  return run_in(Cgroup::make({}), [&] {
    cgroup::write_file(group / "cgroup.procs", "0");
    if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
        ::setresuid(nobody, nobody, nobody) != 0)
      return 102;
    return work();
  });
}

TEST_P(CgroupV2, AnotherUserMakesRoomInACgroupOfHisOwn) {
  const Cgroup outer = Cgroup::make({.pids = 20, .memory = 64 << 20});
  const fs::path own = outer.paths().at(0);
  const int status = as_delegate(own, [&] {
    for (int again = 0; again < 2; ++again) {  // the second time from the cgroup below
      Cgroup group = Cgroup::make({.pids = 1});
      if (fs::path(group.paths().at(0)).parent_path() != own) return 1;
      if (run_in(group, [] { return ::fork() < 0 && errno == EAGAIN ? 7 : 0; }) != 7) return 2;
    }
    if (!cgroup::read_file(own / "cgroup.procs").empty()) return 3;
    if (!cgroup::read_file("/proc/self/cgroup").ends_with("/escapement-callers\n")) return 4;
    // A controller that is passed on only now: the cgroup holds no process any more.
    const Cgroup more = Cgroup::make({.memory = 1 << 20});
    return fs::path(more.paths().at(0)).parent_path() == own ? 0 : 5;
  });
  EXPECT_EQ(status, 0);
}

TEST_P(CgroupV2, AnotherUserIsToldWhichControllerWasNotDelegated) {
  const Cgroup outer = Cgroup::make({.pids = 20});
  const fs::path above = outer.paths().at(0), own = above / "own";
  fs::create_directory(own);
  cgroup::write_file(above / "cgroup.subtree_control", "+pids");
  const int status = as_delegate(own, [&] {
    const Error error = failure([] { Cgroup::make({.memory = 1 << 20}); });
    if (error.object != own || error.code().value() != EACCES) return 1;
    if (error.hint.find("without the controller memory") == std::string::npos) return 2;
    return fs::exists(own / "escapement-callers") ? 3 : 0;
  });
  EXPECT_EQ(status, 0);
}

TEST_P(CgroupV2, IsNotMadeBelowAThreadedOne) {
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

TEST_P(CgroupV2, ATopThatHoldsProcessesPassesNothingOn) {
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
