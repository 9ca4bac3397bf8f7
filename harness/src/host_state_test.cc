// Changed for real, in a UTS namespace of its own.

#include "host_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace escapement {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HostState, IsTheSameWhereNothingHappened) {
  const HostState state = host_state();
  EXPECT_TRUE(state.contains("hostname"));
  EXPECT_TRUE(state.contains("/proc/sys/kernel/core_pattern"));
  EXPECT_THAT(changes(state, host_state()), IsEmpty());
}

TEST(HostState, ANewHostnameIsAChange) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWUTS) != 0) _exit(1);
    const HostState before = host_state();
    if (sethostname("changed", 7) != 0) _exit(2);
    const std::vector<std::string> found = changes(before, host_state());
    _exit(found == std::vector<std::string>{"hostname: was " + before.at("hostname") + ", is changed"} ? 0
                                                                                                       : 3);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(HostState, TellsWhatCameWhatWentAndWhatChanged) {
  EXPECT_THAT(changes({{"a", "1"}, {"b", "2"}, {"c", "3"}}, {{"b", "2"}, {"c", "4"}, {"d", "5"}}),
              ElementsAre("a: was 1, is ", "c: was 3, is 4", "d: was not there, is 5"));
}

TEST(HostState, AClockMayDriftButNotJump) {
  EXPECT_THAT(changes({{"clock, seconds at boot", "100.0"}}, {{"clock, seconds at boot", "100.4"}}),
              IsEmpty());
  EXPECT_EQ(changes({{"clock, seconds at boot", "100.0"}}, {{"clock, seconds at boot", "160.0"}}).size(), 1U);
}

}  // namespace
}  // namespace escapement
