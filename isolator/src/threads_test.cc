// Launches of several threads at once: they share a Plan, the descriptors and the memory that the children
// run in.

#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

namespace isolator {
namespace {

using testing::run;
using testing::shell;

constexpr int threads = 4, launches = 25;

void in_threads(const std::function<void(int thread, int launch)>& work) {
  std::vector<std::thread> all;
  for (int thread = 0; thread < threads; ++thread)
    all.emplace_back([&work, thread] {
      for (int launch = 0; launch < launches; ++launch) work(thread, launch);
    });
  for (std::thread& one : all) one.join();
}

std::size_t descriptors() {
  return std::size_t(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

class Threads : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process is left";
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(descriptors(), descriptors_);
    EXPECT_EQ(prctl(PR_GET_DUMPABLE), dumpable_);
  }

 private:
  std::size_t descriptors_ = descriptors();
  int dumpable_ = prctl(PR_GET_DUMPABLE);
};

TEST_F(Threads, LaunchOnePlanAndLoseNone) {
  const Plan plan = compile(shell("exit 9"));
  std::atomic<int> ended = 0;
  in_threads([&](int, int) {
    const Outcome outcome = launch(plan).wait();
    if (outcome.kind == Outcome::Kind::exited && outcome.code == 9) ++ended;
  });
  EXPECT_EQ(ended, threads * launches);
}

// Each gets its own, whatever the others do at the same moment.
TEST_F(Threads, EachHasItsOwnPlanOutputAndEnd) {
  std::atomic<int> right = 0;
  in_threads([&](int thread, int launch) {
    const std::string word = std::to_string(thread) + "-" + std::to_string(launch);
    Spec spec = shell("echo " + word + "; exit " + std::to_string(launch));
    spec.identity.uid = unsigned(1000 + thread);  // which makes the memory undumpable for a moment
    const testing::Ran ran = run(spec);
    if (ran.output == word + "\n" && ran.outcome.code == launch) ++right;
  });
  EXPECT_EQ(right, threads * launches);
}

TEST_F(Threads, AFailureIsThatOfItsThread) {
  Spec broken = shell("");
  broken.process.argv = {"/no/such"};
  const Plan good = compile(shell("exit 3")), bad = compile(broken);
  std::atomic<int> right = 0;
  in_threads([&](int thread, int) {
    try {
      const Outcome outcome = launch(thread % 2 == 0 ? good : bad).wait();
      if (thread % 2 == 0 && outcome.code == 3) ++right;
    } catch (const Error& e) {
      if (thread % 2 == 1 && e.step == Step::exec && e.code().value() == ENOENT) ++right;
    }
  });
  EXPECT_EQ(right, threads * launches);
}

// The score is the memory's, and each launch has to have it alone.
TEST_F(Threads, TheOomScoreOfEachIsItsOwn) {
  std::atomic<int> right = 0;
  in_threads([&](int thread, int) {
    Spec spec = shell("cat /proc/self/oom_score_adj");
    spec.process.oom_score_adj = 100 * (thread + 1);
    if (run(spec).output == std::to_string(100 * (thread + 1)) + "\n") ++right;
  });
  EXPECT_EQ(right, threads * launches);
}

TEST_F(Threads, CgroupsAreNotMixedUp) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  Spec spec = shell("exit 4");
  spec.limits.pids = 10;
  const Plan plan = compile(spec);
  std::atomic<int> ended = 0;
  in_threads([&](int, int launched) {
    if (launched < launches / 5 && launch(plan).wait().code == 4) ++ended;
  });
  EXPECT_EQ(ended, threads * (launches / 5));
}

}  // namespace
}  // namespace isolator
