// What a hostile probe may say, played over real pipes.

#include "conversation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace escapement {
namespace {

using ::testing::HasSubstr;

class Talk : public ::testing::Test {
 protected:
  Talk() {
    signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe(to_), 0);
    EXPECT_EQ(pipe(from_), 0);
  }
  ~Talk() override {
    for (const int fd : {to_[0], to_[1], from_[0]}) close(fd);
  }

  // The probe says this and ends.
  bool said(const std::string& text, bool then_silence = false) {
    std::thread probe([&] {
      for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t n = write(from_[1], text.data() + sent, text.size() - sent);
        if (n <= 0) break;
        sent += std::size_t(n);
      }
      if (!then_silence) close(from_[1]);
    });
    Conversation conversation(to_[1], from_[0], std::chrono::milliseconds(100));
    const bool good = conversation.greet("n0nce", "p", record_) && conversation.attack("k=v", record_);
    // Whatever was not read must not keep the probe from ending.
    char rest[65536];
    if (!then_silence)
      while (read(from_[0], rest, sizeof rest) > 0) {
      }
    probe.join();
    if (then_silence) close(from_[1]);
    return good;
  }

  const std::string hello_ = R"({"hello":"n0nce","probe":"p","pid":2})"
                             "\n";
  int to_[2], from_[2];
  Record record_;
};

TEST_F(Talk, TakesStepsEvidenceAndClaim) {
  EXPECT_TRUE(
      said(hello_ +
           "{\"step\":\"kill(7, SIGURG)\",\"result\":\"EPERM\",\"attempt\":\"kill\"}\n{\"saw\":\"text\"}\n"
           "{\"claim\":\"contained\",\"reason\":\"refused\"}\n"));
  ASSERT_EQ(record_.steps.size(), 1U);
  EXPECT_EQ(record_.steps[0].attempt, "kill");
  EXPECT_EQ(record_.steps[0].result, "EPERM");
  EXPECT_THAT(record_.saw, ::testing::ElementsAre("text"));
  EXPECT_EQ(record_.claim, "contained");
  EXPECT_EQ(record_.trouble, "");
}

TEST_F(Talk, AnotherNonceIsNoGreeting) {
  EXPECT_FALSE(said(R"({"hello":"other","probe":"p"})"
                    "\n"));
  EXPECT_THAT(record_.trouble, HasSubstr("greeting is wrong"));
}

TEST_F(Talk, AnotherProbeIsNoGreeting) {
  EXPECT_FALSE(said(R"({"hello":"n0nce","probe":"q"})"
                    "\n"));
  EXPECT_THAT(record_.trouble, HasSubstr("greeting is wrong"));
}

TEST_F(Talk, EndingEarlyIsTrouble) {
  EXPECT_FALSE(said(hello_));
  EXPECT_EQ(record_.trouble, "it ended without a claim");
}

TEST_F(Talk, SilenceIsTrouble) {
  EXPECT_FALSE(said(hello_, true));
  EXPECT_EQ(record_.trouble, "it was silent until its time was up");
}

TEST_F(Talk, WhoeverSpeaksHasTimeButNotForEver) {
  const auto began = std::chrono::steady_clock::now();
  std::atomic<bool> heard_enough = false;
  std::thread probe([&] {
    if (write(from_[1], hello_.data(), hello_.size()) < 0) return;
    const std::string step = "{\"step\":\"read()\",\"result\":\"ok\"}\n";
    while (!heard_enough && write(from_[1], step.data(), step.size()) > 0) usleep(20'000);
  });
  Conversation conversation(to_[1], from_[0], std::chrono::milliseconds(100));
  EXPECT_TRUE(conversation.greet("n0nce", "p", record_));
  EXPECT_FALSE(conversation.attack("k=v", record_));
  EXPECT_EQ(record_.trouble, "it spoke until its time was up");
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::seconds(1));
  heard_enough = true;
  probe.join();
  close(from_[1]);
}

TEST_F(Talk, OtherWordsAreTrouble) {
  EXPECT_FALSE(said(hello_ + "all is well\n"));
  EXPECT_THAT(record_.trouble, HasSubstr("not in the protocol: all is well"));
}

TEST_F(Talk, TypesAreChecked) {
  EXPECT_FALSE(said(hello_ + "{\"claim\":[\"contained\"]}\n"));
  EXPECT_THAT(record_.trouble, HasSubstr("not in the protocol"));
}

TEST_F(Talk, AFloodIsCut) {
  std::string flood;
  while (flood.size() < 2 * Conversation::most_bytes)
    flood += "{\"saw\":\"" + std::string(200, 'x') + "\"}\n";
  EXPECT_FALSE(said(hello_ + flood));
  EXPECT_EQ(record_.trouble, "it flooded its output");
  EXPECT_LT(record_.saw.size(), flood.size() / 200);
}

TEST_F(Talk, AnEndlessLineIsCut) {
  EXPECT_FALSE(said(hello_ + std::string(2 * Conversation::most_bytes, 'x')));
  EXPECT_EQ(record_.trouble, "it flooded its output");
}

TEST(Record, SurvivesTheWayBetweenProcesses) {
  Record r;
  r.steps = {{"open(\"/\")", "ok", "walk"}};
  r.saw = {"bytes that are no UTF-8: \xff"};
  r.claim = "escaped";
  r.exit_status = 10;
  r.namespaces = {{"pid", "new"}};
  r.live = {Observation::Finding::reached, "seen"};
  r.left_behind = 3;
  r.time.launch = microseconds(42);
  r.time.launch_steps = {{"mount", microseconds(7)}};
  const Record back = from_line(to_line(r));
  EXPECT_EQ(back.steps[0].call, r.steps[0].call);
  EXPECT_EQ(back.live.finding, r.live.finding);
  EXPECT_EQ(back.left_behind, 3);
  EXPECT_EQ(back.time.launch_steps, r.time.launch_steps);
  EXPECT_EQ(back.namespaces, r.namespaces);
}

}  // namespace
}  // namespace escapement
