// The fakes do what they say: a test of the harness against one of them must not pass because the fake is
// broken.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "player.h"

namespace {

std::string fake(const char* id) { return std::string(FAKES_DIR "/") + id; }

/// Does a SIGURG wait for this process, within so many milliseconds?
bool signalled(int milliseconds) {
  sigset_t urgent;
  sigemptyset(&urgent);
  sigaddset(&urgent, SIGURG);
  timespec wait{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  siginfo_t info{};
  return sigtimedwait(&urgent, &info, &wait) == SIGURG && info.si_value.sival_int == 4711;
}

class Fakes : public testing::Test {
 public:
  Fakes() {
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    sigprocmask(SIG_BLOCK, &urgent, nullptr);
  }
  const std::string order = "victim=" + std::to_string(getpid()) + " value=4711";
};

TEST_F(Fakes, DescribeThemselvesAsAProbeOfAVictim) {
  for (const char* id : {"crasher", "flooder", "hanger", "late-writer", "liar-contained", "liar-escaped",
                         "liar-step", "mute", "undecided", "wrong-nonce", "wrong-status"}) {
    nlohmann::json description = nlohmann::json::parse(output_of(fake(id) + " --describe")).at(0);
    EXPECT_EQ(description["id"], id);
    EXPECT_EQ(description["witness"], nlohmann::json{"victim"});
  }
}

TEST_F(Fakes, LiarContainedReallySignals) {
  Played played = play(fake("liar-contained"), order);
  EXPECT_EQ(played.claim(), "contained");
  EXPECT_EQ(played.result("kill"), "ESRCH");
  EXPECT_EQ(played.status, 0);
  EXPECT_TRUE(signalled(0));
}

TEST_F(Fakes, LiarStepContradictsItself) {
  Played played = play(fake("liar-step"), order);
  EXPECT_EQ(played.claim(), "contained");
  EXPECT_EQ(played.result("kill"), "ok");
  EXPECT_FALSE(signalled(0));
}

TEST_F(Fakes, LiarEscapedTouchesNobody) {
  Played played = play(fake("liar-escaped"), order);
  EXPECT_EQ(played.claim(), "escaped");
  EXPECT_EQ(played.status, 10);
  EXPECT_FALSE(signalled(0));
}

TEST_F(Fakes, CrasherDiesAfterTheGreeting) {
  Played played = play(fake("crasher"), order);
  ASSERT_EQ(played.lines.size(), 1u);
  EXPECT_EQ(played.lines[0]["probe"], "crasher");
  EXPECT_EQ(played.status, 128 + SIGSEGV);
}

TEST_F(Fakes, HangerIgnoresTheEndAndGoesWithTheHarness) {
  Player player(fake("hanger"));
  for (const std::string& line : {std::string("escapement 1 n"), "order " + order, std::string("end")})
    player.say(line);
  player.line();
  usleep(100'000);
  EXPECT_EQ(kill(player.pid(), 0), 0);
  player.hang_up();
  EXPECT_EQ(player.status(), 0);
  // What it made the harness would have removed.
  for (const char* path : {"/tmp/.escapement-n", "/dev/shm/.escapement-n", "/.escapement-n"}) unlink(path);
}

TEST_F(Fakes, FlooderWritesUntilNobodyListens) {
  Player player(fake("flooder"));
  player.say("escapement 1 n");
  player.say("order " + order);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(player.line());
  player.stop_listening();
  EXPECT_EQ(player.status(), 128 + SIGPIPE);
}

TEST_F(Fakes, MuteSaysNothing) {
  Played played = play(fake("mute"), order);
  EXPECT_TRUE(played.lines.empty());
  EXPECT_EQ(played.status, 0);
}

TEST_F(Fakes, UndecidedNeverDecides) {
  Played played = play(fake("undecided"), order);
  EXPECT_EQ(played.claim(), "undecided");
  EXPECT_EQ(played.result("kill"), "EIO");
  EXPECT_EQ(played.status, 77);
}

TEST_F(Fakes, WrongNonceIsNotOurs) {
  Played played = play(fake("wrong-nonce"), order);
  EXPECT_EQ(played.claim(), "contained");
  EXPECT_NE(played.lines[0]["hello"], "0123456789abcdef");
}

TEST_F(Fakes, LateWriterSignalsAfterItsExit) {
  Played played = play(fake("late-writer"), order);
  EXPECT_EQ(played.claim(), "contained");
  EXPECT_EQ(played.status, 0);
  EXPECT_FALSE(signalled(0));
  EXPECT_TRUE(signalled(2000));
}

TEST_F(Fakes, WrongStatusContradictsItsClaim) {
  Played played = play(fake("wrong-status"), order);
  EXPECT_EQ(played.claim(), "contained");
  EXPECT_EQ(played.status, 10);
}

}  // namespace
