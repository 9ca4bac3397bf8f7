#include "cgroup.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <isolator/error.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <functional>
#include <thread>

#include "cgroup_files.h"
#include "cgroup_mounts.h"
#include "cgroup_test.h"

namespace isolator {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using testing::AllOf;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;

TEST(Cgroup, WithoutALimitNothingIsMade) { EXPECT_THAT(Cgroup::make({}).paths(), IsEmpty()); }

class CgroupMade : public CgroupTest {};

TEST_F(CgroupMade, TheKernelKeepsEveryLimit) {
  const Cgroup group = Cgroup::make({.pids = 32, .memory = (64 << 20) + 100, .swap = 4096, .cpu = 0.5});
  EXPECT_EQ(value(group, "pids.max"), "32\n");
  if (on_v2("memory")) {
    EXPECT_EQ(value(group, "memory.max"), "67108864\n");
    EXPECT_EQ(value(group, "memory.swap.max"), "4096\n");
    EXPECT_EQ(value(group, "memory.oom.group"), "0\n");
  } else {
    EXPECT_EQ(value(group, "memory.limit_in_bytes"), "67108864\n");
    EXPECT_EQ(value(group, "memory.memsw.limit_in_bytes"), "67112960\n");
  }
  if (on_v2("cpu")) {
    EXPECT_EQ(value(group, "cpu.max"), "50000 100000\n");
  } else {
    EXPECT_EQ(value(group, "cpu.cfs_period_us"), "100000\n");
    EXPECT_EQ(value(group, "cpu.cfs_quota_us"), "50000\n");
  }
}

TEST_F(CgroupMade, OnlyTheHierarchiesThatALimitNeedsAreTouched) {
  const Cgroup group = Cgroup::make({.cpu = 0.002});
  ASSERT_EQ(group.paths().size(), 1u);
  if (on_v2("cpu")) {
    EXPECT_EQ(value(group, "cpu.max"), "2000 1000000\n") << "below 1 ms in 100 ms: a longer period";
    EXPECT_EQ(value(group, "pids.max"), on_v2("pids") ? "max\n" : "");
  } else {
    EXPECT_EQ(value(group, "cpu.cfs_quota_us"), "2000\n");
    EXPECT_EQ(value(group, "pids.max"), "");
  }
}

TEST_F(CgroupMade, TheThirtyThirdTaskIsRefusedAndCounted) {
  const Cgroup group = Cgroup::make({.pids = 32});
  const int status = run_in(group, [] {
    for (int tasks = 1; tasks < 40; ++tasks) {
      const pid_t pid = ::fork();
      if (pid == 0) ::_exit(int(::alarm(30)) + ::pause());
      if (pid < 0) return errno == EAGAIN ? tasks : 100;
    }
    return 101;
  });
  EXPECT_EQ(status, 32);
  const Counters counters = group.counters();
  EXPECT_EQ(counters.at("pids.events.max"), 1u);
}

TEST_F(CgroupMade, AChildEntersV1ByTheDoors) {
  const Cgroup group = Cgroup::make({.pids = 8, .memory = 64 << 20, .cpu = 1});
  const std::vector<Fd> doors = group.doors();
  const pid_t pid = start_in(Cgroup::make({}), [&] {
    for (const Fd& door : doors)
      if (::write(door.get(), "0", 1) != 1) return errno;
    return ::pause();
  });
  for (const std::string& path : group.paths()) {
    if (on_cgroup_v2(path)) continue;  // it is started there
    const std::string entered = std::to_string(pid) + "\n";
    const auto end = Clock::now() + std::chrono::seconds(10);
    while (cgroup::read_file(path + "/cgroup.procs") != entered && Clock::now() < end)
      std::this_thread::yield();
    EXPECT_EQ(cgroup::read_file(path + "/cgroup.procs"), entered) << path;
  }
  ::kill(pid, SIGKILL);
  wait_for(pid);
}

TEST_F(CgroupMade, AMemoryHogIsKilledAndCounted) {
  constexpr std::size_t limit = 32 << 20;
  const Cgroup group = Cgroup::make({.memory = limit});
  const int status = run_in(group, [] {
    void* const all = ::mmap(nullptr, 2 * limit, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    std::fill_n(static_cast<volatile char*>(all), 2 * limit, 1);
    return 0;
  });
  EXPECT_EQ(status, 128 + SIGKILL);
  const Counters counters = group.counters();
  EXPECT_EQ(counters.at("memory.events.oom_kill"), 1u);
  if (on_v2("memory")) {
    EXPECT_GE(counters.at("memory.events.max"), 1u);
  }
  if (counters.contains("memory.peak")) {  // v2 has it since Linux 5.19
    EXPECT_THAT(counters.at("memory.peak"), AllOf(Ge(limit / 2), Le(limit)));
  }
}

TEST_F(CgroupMade, ASpinnerGetsItsShareOfTheProcessorAndNoMore) {
  const Cgroup group = Cgroup::make({.cpu = 0.1});
  const int status = run_in(group, [] {
    timespec start, now, used;
    ::clock_gettime(CLOCK_MONOTONIC, &start);
    do ::clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1'000'000 < 500);
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return int(used.tv_nsec / 10'000'000 + used.tv_sec * 100);
  });
  EXPECT_THAT(status, Le(15)) << "of 50 hundredths of a second, a tenth and what one period may overrun";
  EXPECT_GE(group.counters().at("cpu.stat.nr_throttled"), 1u);
}

/// Forks without end, bounded by the limit of its cgroup, outside of which it does nothing, and in time: the
/// host must stay usable when the test fails.
int bomb(std::atomic<int>& born, Clock::time_point end) {
  if (cgroup::read_file("/proc/self/cgroup").find("/escapement-") == std::string::npos) return 1;
  ::signal(SIGCHLD, SIG_IGN);
  while (Clock::now() < end)
    if (::fork() >= 0) ++born;
  return 0;
}

class CgroupKill : public CgroupTest, public testing::WithParamInterface<Limits> {};

TEST_P(CgroupKill, AForkBombLoses) {
  void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  std::atomic<int>& born = *new (page) std::atomic<int>(0);
  const auto end = Clock::now() + std::chrono::seconds(10);
  Cgroup group = Cgroup::make(GetParam());
  const pid_t first = start_in(group, [&] { return bomb(born, end); });
  while (born < 50 && Clock::now() < end) std::this_thread::sleep_for(std::chrono::milliseconds(1));

  group.kill();
  const int after = born;
  EXPECT_LT(Clock::now(), end) << "the bomb ended by itself";
  EXPECT_GE(after, 50) << "there was no bomb";
  for (const std::string& path : group.paths()) EXPECT_EQ(cgroup::read_file(path + "/cgroup.procs"), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(born, after) << "somebody still forks";
  EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
  wait_for(first);
  ::munmap(page, 4096);
}
INSTANTIATE_TEST_SUITE_P(, CgroupKill, testing::Values(Limits{.pids = 200}, Limits{.memory = 16 << 20}),
                         [](const auto& one) { return one.param.pids ? "pids" : "memory"; });

TEST_F(CgroupMade, RemoveLeavesNothingOfATreeWithProcesses) {
  Cgroup group = Cgroup::make({.pids = 8, .cpu = 1});
  const std::vector<std::string> paths = group.paths();
  const pid_t pid = start_in(group, [] { return ::pause(); });
  for (const std::string& path : paths) {
    fs::create_directories(path + "/a/b/c");
    fs::create_directories(path + "/a/d");
    cgroup::write_file(path + "/a/b/c/cgroup.procs", std::to_string(pid));
  }
  group.remove();
  for (const std::string& path : paths) EXPECT_FALSE(fs::exists(path)) << path;
  EXPECT_EQ(wait_for(pid), 128 + SIGKILL);
  EXPECT_THAT(group.paths(), IsEmpty());
}

TEST_F(CgroupMade, NestingBeyondPathMaxDoesNotHinderRemoval) {
  const Cgroup group = Cgroup::make({.pids = 8});
  const std::string path = group.paths().at(0);
  int at = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  for (int depth = 0; depth < 500; ++depth) {
    ASSERT_EQ(::mkdirat(at, "nested-deep", 0755), 0) << errno;
    const int below = ::openat(at, "nested-deep", O_PATH | O_CLOEXEC);
    ::close(at);
    at = below;
  }
  ::close(at);
  EXPECT_TRUE(remove_cgroup(path)) << errno;
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(CgroupMade, IsRemovedWhenDestroyedOrAssignedTo) {
  std::string first, second;
  {
    Cgroup group = Cgroup::make({.pids = 8});
    first = group.paths().at(0);
    group = Cgroup::make({.pids = 8});
    second = group.paths().at(0);
    EXPECT_NE(first, second);
    EXPECT_FALSE(fs::exists(first));
    EXPECT_TRUE(fs::exists(second));
  }
  EXPECT_FALSE(fs::exists(second));
}

TEST_F(CgroupMade, ANameThatIsTakenIsLeftAlone) {
  const std::string before = Cgroup::make({.pids = 8}).paths().at(0);
  const std::size_t dash = before.rfind('-') + 1;
  const unsigned number = unsigned(std::stoul(before.substr(dash)));
  const std::string taken = before.substr(0, dash) + std::to_string(number + 1);
  ASSERT_TRUE(fs::create_directory(taken));
  {
    const Cgroup group = Cgroup::make({.pids = 8});
    EXPECT_EQ(group.paths().at(0), before.substr(0, dash) + std::to_string(number + 2));
  }
  EXPECT_EQ(::rmdir(taken.c_str()), 0);
}

TEST(RemoveCgroup, TakesNothingButCgroups) {
  std::string name = fs::temp_directory_path() / "cgroup_test.XXXXXX";
  const std::string directory = ::mkdtemp(name.data());
  EXPECT_FALSE(remove_cgroup(directory));
  EXPECT_EQ(errno, EINVAL);
  EXPECT_TRUE(fs::remove(directory));
  EXPECT_TRUE(remove_cgroup(directory)) << "nothing there is nothing left";
}

}  // namespace
}  // namespace isolator
