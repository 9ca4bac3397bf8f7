#include <isolator/keeper.h>
#include <isolator/ledger.h>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>

namespace isolator {
namespace {

// Of this program alone: ctest runs several of its tests at once.
const std::string scratch = "/tmp/escapement-keeper-test-" + std::to_string(getpid()) + "-";

bool scratch_is_there() {
  for (const auto& entry : std::filesystem::directory_iterator("/tmp"))
    if (entry.path().string().starts_with(scratch)) return true;
  return false;
}

// The work of a caller: makes a directory that stands in the ledger, starts a process in a session of its own
// that would outlive everybody, tells its pid and goes on until it is ended, or `until` hangs up.
void linger(int tell, int until = -1) {
  const std::string directory = scratch + std::to_string(getpid());
  const ledger::Entry entry(directory);
  mkdir(directory.c_str(), 0755);
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
  pollfd hang_up{until, POLLIN, 0};
  poll(&hang_up, 1, -1);
  rmdir(directory.c_str());
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

// What waits for the end of its work: a caller that runs it under a keeper, or in a child that looks for
// itself.
struct Way {
  const char* name;
  int (*run)(int tell);
};
constexpr Way ways[] = {
    {"UnderKeeper",
     [](int tell) {
       return under_keeper([=] {
         linger(tell);
         return 0;
       });
     }},
    {"InChild",
     [](int tell) {
       return in_child([=](int caller) {
         linger(tell, caller);
         kill_descendants();
         return 0;
       });
     }},
};

class EndedBy : public ::testing::TestWithParam<std::tuple<Way, int>> {};

TEST_P(EndedBy, LeavesNothing) {
  const auto& [way, signal] = GetParam();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t caller = fork();
  if (caller == 0) _exit(way.run(ends[1]));
  pid_t stray = 0;
  ASSERT_EQ(read(ends[0], &stray, sizeof stray), ssize_t(sizeof stray));
  ASSERT_TRUE(alive(stray));
  kill(caller, signal);
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), signal);
  EXPECT_TRUE(soon([&] { return !alive(stray); }));
  EXPECT_TRUE(soon([&] { return !scratch_is_there(); }));
  close(ends[0]);
  close(ends[1]);
}

INSTANTIATE_TEST_SUITE_P(, EndedBy,
                         ::testing::Combine(::testing::ValuesIn(ways),
                                            ::testing::Values(SIGKILL, SIGTERM, SIGINT, SIGHUP)),
                         [](const auto& one) {
                           return std::get<0>(one.param).name +
                                  std::string(sigabbrev_np(std::get<1>(one.param)));
                         });

// Killing the child itself, be it the keeper or the worker, leaves its work to the caller.
class ChildKilled : public ::testing::TestWithParam<Way> {};

TEST_P(ChildKilled, LeavesItsWorkToTheCaller) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t caller = fork();
  if (caller == 0) _exit(GetParam().run(ends[1]));
  pid_t stray = 0;
  ASSERT_EQ(read(ends[0], &stray, sizeof stray), ssize_t(sizeof stray));
  const std::vector<pid_t> children = children_of(caller);
  ASSERT_EQ(children.size(), 1U);
  kill(children[0], SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(caller, &status, 0), caller);
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGKILL);
  EXPECT_FALSE(alive(stray));
  EXPECT_FALSE(scratch_is_there());
  close(ends[0]);
  close(ends[1]);
}

INSTANTIATE_TEST_SUITE_P(, ChildKilled, ::testing::ValuesIn(ways),
                         [](const auto& one) { return std::string(one.param.name); });

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
