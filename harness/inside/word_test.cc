#include "word.h"

#include <gmock/gmock.h>

#include <csignal>

namespace escapement::unwitnessed {
namespace {

const ProbeInfo signal_probe{
    .id = "signal", .attempts = {{"kill", {"ESRCH", "EPERM"}}, {"queue", {"ESRCH"}, {"ok", "EAGAIN"}}}};
const ProbeInfo raw{.id = "raw", .attempts = {{"socket", {"EPERM"}, {"ok"}, {}, "net"}}};

Record record(const std::string& claim, std::vector<Step> steps) {
  Record out;
  out.steps = std::move(steps);
  out.claim = claim;
  out.claim_reason = "its own reason";
  return out;
}

TEST(Word, IsReachedWhereOneAttemptPassed) {
  EXPECT_EQ(word_of(signal_probe,
                    record("escaped", {{"kill(1)", "EPERM", "kill"}, {"queue(1)", "ok", "queue"}}), {}),
            (Word{Claim::reached, "queue(1) passed"}));
  EXPECT_EQ(word_of(signal_probe, record("escaped", {{"queue(1)", "EAGAIN", "queue"}}), {}),
            (Word{Claim::reached, "queue(1): EAGAIN, so it was permitted"}));
}

TEST(Word, IsRefusedWhereEachAttemptMetOneOfItsDenials) {
  EXPECT_EQ(word_of(signal_probe,
                    record("contained", {{"kill(1)", "EPERM", "kill"}, {"queue(1)", "ESRCH", "queue"}}), {}),
            (Word{Claim::refused, "kill(1): EPERM; queue(1): ESRCH"}));
}

TEST(Word, IsUndecidedByAnErrorThatIsNoDenial) {
  // Nobody here has seen that the kernel knows the call, so that a filter's ENOSYS is no decision either.
  for (const char* error : {"EIO", "ENOSYS"})
    EXPECT_EQ(word_of(signal_probe, record("contained", {{"kill(1)", error, "kill"}}), {}),
              (Word{Claim::undecided, std::string("kill(1): ") + error + ", neither passed nor denied"}));
}

TEST(Word, BelievesNoClaimThatDoesNotFollowFromTheSteps) {
  EXPECT_EQ(word_of(signal_probe, record("contained", {}), {}).claim, Claim::undecided);
  EXPECT_EQ(word_of(signal_probe, record("escaped", {{"kill(1)", "EPERM", "kill"}}), {}).claim,
            Claim::refused);
  EXPECT_EQ(word_of(signal_probe, record("contained", {{"kill(1)", "ok", "kill"}}), {}).claim,
            Claim::reached);
  EXPECT_EQ(word_of(signal_probe, record("contained", {{"shoot(1)", "EPERM", "shoot"}}), {}).claim,
            Claim::undecided);
}

TEST(Word, IsUndecidedWhereTheProbeKnowsOfSomethingThatItLacked) {
  EXPECT_EQ(word_of(signal_probe, record("undecided", {{"kill(1)", "EPERM", "kill"}}), {}),
            (Word{Claim::undecided, "its own reason"}));
}

TEST(Word, OfAProbeThatDiedIsNone) {
  Record died = record("", {{"kill(1)", "EPERM", "kill"}});
  died.signal = SIGSYS;
  died.trouble = "it ended without a claim";
  EXPECT_EQ(word_of(signal_probe, died, {}),
            (Word{Claim::undecided, "a seccomp filter killed the probe before it had attacked"}));
  died.signal = SIGSEGV;
  EXPECT_EQ(word_of(signal_probe, died, {}),
            (Word{Claim::undecided, "the probe failed: it ended without a claim, killed by SIGSEGV"}));
}

TEST(Word, OfAPassInANamespaceHangsOnWhoseItIs) {
  const Record passed = record("escaped", {{"socket()", "ok", "socket"}});
  EXPECT_EQ(word_of(raw, passed, {{"net", Standing::shared}}).claim, Claim::reached);
  EXPECT_EQ(word_of(raw, passed, {{"net", Standing::own}}).claim, Claim::refused);
  EXPECT_EQ(word_of(raw, passed, {}), (Word{Claim::undecided,
                                            "socket(): ok, which reaches the host only if the net here is "
                                            "the host's: --host FILE would tell"}));
}

}  // namespace
}  // namespace escapement::unwitnessed
