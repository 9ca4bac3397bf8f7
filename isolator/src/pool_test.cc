#include <isolator/pool.h>

#include "test_sandbox.h"

#include <isolator/keeper.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace isolator {
namespace {

using testing::Output;
using testing::shell;

TEST(Pool, EachSandboxIsUsedOnce) {
  Spec spec = shell("echo $$ $(ls /tmp); touch /tmp/mark");
  spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/tmp"});
  Output output;
  spec.process.fds = output.fds();
  {
    Pool pool(compile(spec), 2);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(pool.take().wait().code, 0);
  }
  EXPECT_EQ(output.read(), "1\n1\n1\n");
}

TEST(Pool, ThePayloadDoesNotRunBeforeItIsTaken) {
  Spec spec = shell("date +%s%N");
  Output output;
  spec.process.fds = output.fds();
  const auto taken = [&] {
    Pool pool(compile(spec), 1);
    pool.fill();
    usleep(200'000);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_EQ(pool.take().wait().code, 0);
    return std::chrono::nanoseconds(now).count();
  }();
  EXPECT_GE(std::stoll(output.read()), taken);
}

TEST(Pool, ItsEndIsThatOfWhatWaitsAndOfWhatRuns) {
  const auto pool = [] {
    Pool out(compile(shell("sleep 60")), 3);
    out.fill();
    const Child running = out.take();
    out.fill();
    EXPECT_EQ(children_of(getpid()).size(), 4U);
    return running.pid();
  };
  const pid_t pid = pool();
  EXPECT_EQ(kill(pid, 0), -1);
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST(Pool, WhatWaitsHasNothingOfItsCallerButTheMemory) {
  Pool pool(compile(shell("true")), 1);
  pool.fill();
  const std::vector<pid_t> waiting = children_of(getpid());
  ASSERT_EQ(waiting.size(), 1U);
  const std::string proc = "/proc/" + std::to_string(waiting[0]);
  int descriptors = 0;
  for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator(proc + "/fd")) ++descriptors;
  EXPECT_LE(descriptors, 3 + 16);  // its own, close-on-exec, of the mounts that it made
  std::ifstream status(proc + "/status");
  const std::string text{std::istreambuf_iterator<char>(status), {}};
  EXPECT_THAT(text, ::testing::HasSubstr("NoNewPrivs:\t1"));
  EXPECT_THAT(text, ::testing::HasSubstr("SigBlk:\t0000000000000000"));
}

TEST(Pool, TellsWhyNoneCanBeBuiltAndTriesAgain) {
  Spec spec = shell("true");
  spec.mounts.push_back({.source = "/no/such/directory", .target = "/x"});
  Pool pool(compile(spec), 1);
  for (int i = 0; i < 2; ++i) try {
      pool.take();
      FAIL() << "it was built";
    } catch (const Error& e) {
      EXPECT_EQ(e.step, Step::mount);
      EXPECT_EQ(e.object, "/no/such/directory");
      EXPECT_EQ(e.code().value(), ENOENT);
    }
}

TEST(Pool, TellsThatThePayloadCannotBeExecuted) {
  Spec spec = shell("true");
  spec.process.argv = {"/no/such/program"};
  Pool pool(compile(spec), 1);
  try {
    pool.take();
    FAIL() << "it ran";
  } catch (const Error& e) {
    EXPECT_EQ(e.step, Step::exec);
    EXPECT_EQ(e.code().value(), ENOENT);
  }
}

TEST(Pool, ServesManyThreads) {
  Pool pool(compile(shell("true")), 3);
  std::atomic<int> ended = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i) ended += pool.take().wait().code == 0;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ended, 40);
}

TEST(Pool, AnOomScoreBelongsToTheMemoryThatTheyShare) {
  Spec scored = shell("true");
  scored.process.oom_score_adj = 100;
  EXPECT_THROW(Pool(compile(scored), 1), Error);
  Pool pool(compile(shell("true")), 1);
  pool.fill();
  try {
    launch(compile(scored));
    FAIL() << "it took the score of a sandbox that waits";
  } catch (const Error& e) {
    EXPECT_EQ(e.step, Step::limits);
    EXPECT_EQ(e.code().value(), EBUSY);
  }
}

}  // namespace
}  // namespace isolator
