// The probes that use something up: they stop at their own bound, hold what they took until the harness has
// looked, and leave nothing, however they end.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "player.h"

using testing::SizeIs;

namespace {

const std::string fork_bomb = PROBES_DIR "/fork-bomb", memory_hog = PROBES_DIR "/memory-hog";
constexpr rlim_t mib = 1 << 20;

void limit(__rlimit_resource resource, rlim_t value) {
  rlimit both{value, value};
  if (setrlimit(resource, &both) != 0) die("setrlimit");
}

/// Plays up to the claim, so that the test can look at what is held.
std::vector<nlohmann::json> play_to_claim(Player& player, const std::string& order) {
  player.greet("n");
  player.say("order " + order);
  return player.until_claim();
}

void expect_all_end(const std::vector<pid_t>& pids) {
  for (pid_t each : pids) EXPECT_TRUE(ends(each)) << each << " is left behind";
}

TEST(ForkBomb, HoldsItsChildrenUntilTheEnd) {
  Player player(fork_bomb);
  Played played{play_to_claim(player, "count=50")};
  EXPECT_EQ(played.claim(), "escaped");
  EXPECT_EQ(played.reason(), "50 of 50 processes started");
  std::vector<pid_t> children = children_of(player.pid());
  EXPECT_THAT(children, SizeIs(50));
  player.say("end");
  EXPECT_EQ(player.status(), 10);
  expect_all_end(children);
}

TEST(ForkBomb, LeavesNoChildWhenTheHarnessHangsUp) {
  Player player(fork_bomb);
  play_to_claim(player, "count=20");
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(20));
  player.hang_up();
  EXPECT_EQ(player.status(), 10);
  expect_all_end(children);
}

TEST(ForkBomb, LeavesNoChildWhenItIsKilled) {
  Player player(fork_bomb);
  play_to_claim(player, "count=20");
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(20));
  kill(player.pid(), SIGKILL);
  EXPECT_EQ(player.status(), 128 + SIGKILL);
  expect_all_end(children);
}

TEST(ForkBomb, ItsChildrenCannotSpeakForIt) {
  Player player(fork_bomb);
  play_to_claim(player, "count=3");
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(3));
  for (pid_t each : children)
    for (const char* fd : {"/fd/0", "/fd/1"})  // the probe does not wait until its last child runs
      EXPECT_TRUE(goes("/proc/" + std::to_string(each) + fd)) << fd;
}

// Two things end a child when the probe is killed; each must do alone. Here a copy of the pipe stays open.
TEST(ForkBomb, ThePipeIsNotAllThatEndsItsChildren) {
  Player player(fork_bomb);
  play_to_claim(player, "count=3");
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(3));
  std::vector<int> copies;
  for (int fd = 3; fd < 8; ++fd) {
    std::string path = "/proc/" + std::to_string(player.pid()) + "/fd/" + std::to_string(fd);
    if (int copy = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC); copy >= 0) copies.push_back(copy);
  }
  ASSERT_FALSE(copies.empty());
  // A child that has not yet asked for its end at its parent's outlives it; it closes its input once it has
  // asked.
  for (const pid_t each : children) ASSERT_TRUE(goes("/proc/" + std::to_string(each) + "/fd/0"));
  kill(player.pid(), SIGKILL);
  expect_all_end(children);
  for (int copy : copies) close(copy);
}

TEST(ForkBomb, IsStoppedByALimit) {
  Played played = play(fork_bomb, "count=200", [] {
    if (getuid() == 0) become_nobody();  // RLIMIT_NPROC does not bind root
    limit(RLIMIT_NPROC, 8);
  });
  EXPECT_EQ(played.claim(), "contained") << nlohmann::json(played.lines).dump();
  EXPECT_EQ(played.result("fork"), "EAGAIN");
  EXPECT_THAT(played.reason(), testing::EndsWith("of 200 processes started, then EAGAIN"));
  EXPECT_EQ(played.status, 0);
}

TEST(ForkBomb, HasABoundOfItsOwn) {
  for (const char* order : {"count=4097", "count=0", "count=-1"}) {
    Played played = play(fork_bomb, order);
    EXPECT_EQ(played.claim(), "undecided") << order;
    EXPECT_EQ(played.status, 77) << order;
  }
}

TEST(MemoryHog, HoldsTheMemoryUntilTheEnd) {
  Player player(memory_hog);
  Played played{play_to_claim(player, "bytes=33554432")};
  EXPECT_EQ(played.claim(), "escaped");
  EXPECT_EQ(played.reason(), "touched 32 of 32 MiB");
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(1));
  std::string proc = "/proc/" + std::to_string(children[0]);
  long kib = std::stol(output_of("awk '/VmRSS/ {print $2}' " + proc + "/status"));
  EXPECT_GE(kib, 32 * 1024);
  EXPECT_EQ(output_of("cat " + proc + "/oom_score_adj"), "1000\n");
  player.say("end");
  EXPECT_EQ(player.status(), 10);
  expect_all_end(children);
}

TEST(MemoryHog, IsRefusedTheMapping) {
  Played played = play(memory_hog, "bytes=134217728", [] { limit(RLIMIT_AS, 64 * mib); });
  EXPECT_EQ(played.claim(), "contained");
  EXPECT_EQ(played.result("touch"), "ENOMEM");
  EXPECT_EQ(played.status, 0);
}

TEST(MemoryHog, SeesItsChildKilled) {
  Player player(memory_hog);
  player.greet("n");
  player.say("order bytes=1073741824");
  player.line();                                          // hello
  ASSERT_EQ((*player.line())["step"], "clone(SIGCHLD)");  // a GiB takes longer than we do
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(1));
  kill(children[0], SIGKILL);
  Played played{player.until_claim()};
  EXPECT_EQ(played.claim(), "contained") << nlohmann::json(played.lines).dump();
  EXPECT_EQ(played.result("touch"), "SIGKILL");
  player.say("end");
  EXPECT_EQ(player.status(), 0);
}

TEST(MemoryHog, LeavesNoChildWhenItIsKilledHalfWay) {
  Player player(memory_hog);
  player.greet("n");
  player.say("order bytes=1073741824");
  player.line();
  player.line();
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_THAT(children, SizeIs(1));
  kill(player.pid(), SIGKILL);
  expect_all_end(children);
}

TEST(MemoryHog, HasABoundOfItsOwn) {
  EXPECT_EQ(play(memory_hog, "bytes=1073741825").claim(), "undecided");
  EXPECT_EQ(play(memory_hog, "bytes=0").claim(), "undecided");
}

}  // namespace
