#include <isolator/keeper.h>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

namespace isolator {
namespace {

std::string scratch_name() { return "/tmp/escapement-keeper-test-" + std::to_string(getpid()); }

// The work of a caller: makes a directory that stands in the ledger, starts a process in a session of its own
// that would outlive everybody, tells its pid and goes on until it is ended.
void linger(int tell) {
  const ledger::Entry entry(scratch_name());
  mkdir(scratch_name().c_str(), 0755);
  const pid_t stray = fork();
  if (stray == 0) {
    setsid();
    if (fork() != 0) _exit(0);
    const pid_t own = getpid();
    if (write(tell, &own, sizeof own) != sizeof own) _exit(1);
    pause();
    _exit(0);
  }
  waitpid(stray, nullptr, 0);
  pause();
}

bool alive(pid_t pid) { return kill(pid, 0) == 0; }

template <typename Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 500; ++i, usleep(10'000))
    if (condition()) return true;
  return false;
}

TEST(Keeper, PassesTheStatusOn) {
  EXPECT_EQ(under_keeper([] { return 7; }), 7);
  EXPECT_EQ(under_keeper([]() -> int { return raise(SIGKILL); }), 128 + SIGKILL);
}

class EndedBy : public ::testing::TestWithParam<int> {};

TEST_P(EndedBy, LeavesNothing) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    _exit(under_keeper([&] {
      linger(ends[1]);
      return 0;
    }));
  }
  const std::string directory = "/tmp/escapement-keeper-test-";
  pid_t stray = 0;
  ASSERT_EQ(read(ends[0], &stray, sizeof stray), ssize_t(sizeof stray));
  ASSERT_TRUE(alive(stray));
  kill(caller, GetParam());
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), GetParam());
  EXPECT_TRUE(soon([&] { return !alive(stray); }));
  EXPECT_TRUE(soon([&] {
    for (const auto& entry : std::filesystem::directory_iterator("/tmp"))
      if (entry.path().string().starts_with(directory)) return false;
    return true;
  }));
  close(ends[0]);
  close(ends[1]);
}

INSTANTIATE_TEST_SUITE_P(Signals, EndedBy, ::testing::Values(SIGKILL, SIGTERM, SIGINT, SIGHUP));

// Killing the keeper itself leaves its work to the caller.
TEST(Keeper, MayBeKilledItself) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t caller = fork();
  if (caller == 0) {
    _exit(under_keeper([&] {
      linger(ends[1]);
      return 0;
    }));
  }
  pid_t stray = 0;
  ASSERT_EQ(read(ends[0], &stray, sizeof stray), ssize_t(sizeof stray));
  const std::vector<pid_t> keepers = children_of(caller);
  ASSERT_EQ(keepers.size(), 1U);
  kill(keepers[0], SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
  EXPECT_TRUE(soon([&] { return !alive(stray); }));
  close(ends[0]);
  close(ends[1]);
}

TEST(Descendants, AreKilledInWhateverSession) {
  EXPECT_EQ(under_keeper([] {
              for (int i = 0; i < 3; ++i)
                if (fork() == 0) {
                  setsid();
                  if (fork() == 0) pause();
                  pause();
                }
              usleep(50'000);
              return kill_descendants();
            }),
            6);
}

TEST(Descendants, SparedOnesLive) {
  EXPECT_EQ(under_keeper([] {
              const pid_t spared = fork();
              if (spared == 0) {
                pause();
                _exit(0);
              }
              const int killed = kill_descendants({&spared, 1});
              return killed == 0 && alive(spared) ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace isolator
