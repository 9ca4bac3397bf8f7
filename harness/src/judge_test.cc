#include "judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;

const ProbeInfo probe{.id = "p",
                      .cls = "c",
                      .guarantee = "c.g",
                      .summary = "",
                      .witness = {"victim"},
                      .attempts = {{"kill", {"ESRCH", "EPERM"}}, {"pidfd", {"ESRCH", "ENOSYS"}}},
                      .opening = {},
                      .program = "",
                      .description = {}};
const Judgement fired{Verdict::escaped, "the victim got SIGURG"};
const isolator::Spec spec;

Record contained() {
  Record r;
  r.steps = {{"kill(7, 0)", "ESRCH", ""},
             {"kill(7, SIGURG)", "ESRCH", "kill"},
             {"pidfd_open(7)", "ENOSYS", "pidfd"}};
  r.claim = "contained";
  r.exit_status = 0;
  r.live = r.after = {Finding::unchanged, "the victim heard nothing"};
  return r;
}

Record escaped() {
  Record r = contained();
  r.steps[1].result = "ok";
  r.claim = "escaped";
  r.exit_status = 10;
  r.live = r.after = {Finding::reached, "the victim got SIGURG"};
  return r;
}

Record of(const std::vector<Step>& steps) {
  Record r;
  r.steps = steps;
  return r;
}

TEST(Judge, RefusedWithAFiredControlIsContained) {
  const Judgement j = judge(probe, spec, contained(), fired);
  EXPECT_EQ(j.verdict, Verdict::contained);
  EXPECT_EQ(j.reason, "kill(7, SIGURG): ESRCH; pidfd_open(7): ENOSYS");
}

TEST(Judge, PassedAndWitnessedIsEscaped) {
  EXPECT_EQ(judge(probe, spec, escaped(), fired).verdict, Verdict::escaped);
  EXPECT_EQ(judge_control(probe, escaped()).verdict, Verdict::escaped);
}

TEST(Judge, AnErrorThatOnlyWhoIsPermittedSeesIsEscaped) {
  ProbeInfo clock = probe;
  clock.attempts = {{"adjtimex", {"EPERM"}, {"EINVAL"}}};
  Record r = escaped();
  r.steps = {{"adjtimex()", "EINVAL", "adjtimex"}};
  EXPECT_EQ(judge(clock, spec, r, fired).verdict, Verdict::escaped);
  // ok is not among what it calls a pass, nor among the denials
  r.steps = {{"adjtimex()", "ok", "adjtimex"}};
  r.claim = "undecided";
  r.exit_status = 77;
  r.live = r.after = {Finding::unchanged, ""};
  EXPECT_EQ(judge(clock, spec, r, fired).verdict, Verdict::not_testable);
}

TEST(Judge, APassInANamespaceOfItsOwnReachesNobody) {
  ProbeInfo boot = probe;
  boot.attempts = {{"reboot", {"EPERM"}, {"EINVAL"}, {}, "pid"}};
  Record r = escaped();
  r.steps = {{"reboot()", "EINVAL", "reboot"}};
  r.namespaces = {{"pid", "shared"}};
  EXPECT_EQ(judge(boot, spec, r, fired).verdict, Verdict::escaped);
  r.namespaces = {{"pid", "new"}};
  EXPECT_EQ(judge(boot, spec, r, fired).verdict, Verdict::broken) << "it claims what does not follow";
  r.claim = "contained";
  r.exit_status = 0;
  r.live = r.after = {Finding::unchanged, ""};
  EXPECT_EQ(judge(boot, spec, r, fired).verdict, Verdict::contained);
}

TEST(Judge, TheFiltersOwnErrorIsNoPass) {
  ProbeInfo clock = probe;
  clock.attempts = {{"adjtimex", {"EPERM"}, {"EINVAL"}}};
  isolator::Spec filtered;
  filtered.seccomp.emplace();
  filtered.seccomp->otherwise = {isolator::Seccomp::Action::Kind::fail, EINVAL};
  Record r = escaped();
  r.steps = {{"adjtimex()", "EINVAL", "adjtimex"}};
  const Judgement j = judge(clock, filtered, r, fired);
  EXPECT_EQ(j.verdict, Verdict::not_testable);
  EXPECT_THAT(j.reason, HasSubstr("is the word of the filter"));
}

TEST(Judge, WhatThisKernelDoesNotHaveIsNotTestable) {
  ProbeInfo alg = probe;
  alg.attempts = {{"socket", {"EPERM"}, {"ok"}, {"EAFNOSUPPORT"}}, {"bind", {"EPERM"}}};
  Record r = contained();
  r.steps = {{"socket(AF_ALG)", "EAFNOSUPPORT", "socket"}};
  r.claim = "undecided";
  r.exit_status = 77;
  const Judgement control = judge_control(alg, r);
  EXPECT_EQ(control.verdict, Verdict::not_testable);
  EXPECT_TRUE(control.absent);
  EXPECT_EQ(control.reason, "this kernel has nothing to attack: socket(AF_ALG): EAFNOSUPPORT");
  // Elsewhere a filter may refuse it before the kernel can say so.
  Record denied = contained();
  denied.steps = {{"socket(AF_ALG)", "EPERM", "socket"}};
  EXPECT_EQ(judge(alg, spec, denied, control).verdict, Verdict::not_testable);
  EXPECT_TRUE(judge(alg, spec, denied, control).absent);
  // One attempt that could be made leaves the question open.
  r.steps.push_back({"bind()", "EIO", "bind"});
  EXPECT_FALSE(judge_control(alg, r).absent);
}

TEST(Judge, WhoLacksACapabilityCannotGiveItAway) {
  Record r;
  r.not_built = "capabilities permitted, effective, inheritable: Operation not permitted";
  r.build_errno = EPERM;
  EXPECT_TRUE(judge_control(probe, r).absent);
  r.not_built = "mount /proc: Operation not permitted";
  EXPECT_FALSE(judge_control(probe, r).absent) << "a mistake of the opening";
  EXPECT_EQ(judge_control(probe, r).verdict, Verdict::broken);
}

TEST(Judge, NeverContainedWithoutAControlThatEscaped) {
  for (const Verdict verdict : {Verdict::contained, Verdict::not_testable, Verdict::broken}) {
    const Judgement j = judge(probe, spec, contained(), {verdict, "why not"});
    EXPECT_EQ(j.verdict, Verdict::not_testable);
    EXPECT_THAT(j.reason, HasSubstr("why not"));
  }
  EXPECT_EQ(judge(probe, spec, escaped(), {Verdict::broken, ""}).verdict, Verdict::escaped)
      << "an escape needs no control";
}

struct Defect {
  const char* name;
  void (*make)(Record&);
  Verdict verdict;
  const char* reason;
};
class Defects : public ::testing::TestWithParam<Defect> {};

TEST_P(Defects, AreNeverContained) {
  Record r = contained();
  GetParam().make(r);
  const Judgement j = judge(probe, spec, r, fired);
  EXPECT_EQ(name(j.verdict), name(GetParam().verdict)) << j.reason;
  EXPECT_THAT(j.reason, HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    All, Defects,
    ::testing::Values(
        Defect{"NotBuilt", [](Record& r) { r.not_built = "mount /proc: EPERM"; }, Verdict::broken,
               "could not be built: mount /proc"},
        Defect{"NotPlanted", [](Record& r) { r.not_planted = "no interface"; }, Verdict::not_testable,
               "no interface"},
        Defect{"Silent",
               [](Record& r) {
                 r.trouble = "it was silent";
                 r.claim = "";
               },
               Verdict::broken, "it was silent"},
        Defect{"Misplaced", [](Record& r) { r.misplaced = "its pid namespace is shared"; }, Verdict::broken,
               "its pid namespace"},
        Defect{"Crashed",
               [](Record& r) {
                 r.signal = SIGSEGV;
                 r.exit_status = -1;
               },
               Verdict::broken, "SIGSEGV"},
        Defect{"KilledByTheFilter",
               [](Record& r) {
                 r.signal = SIGSYS;
                 r.exit_status = -1;
                 r.claim = "";
                 r.trouble = "it ended without a claim";
               },
               Verdict::not_testable, "seccomp filter killed"},
        Defect{"ExitDisagrees", [](Record& r) { r.exit_status = 10; }, Verdict::broken, "exits with 10"},
        Defect{"ClaimDisagrees", [](Record& r) { r.steps[1].result = "ok"; }, Verdict::broken,
               "its steps say escaped"},
        Defect{"NoAttempt", [](Record& r) { r.steps.clear(); }, Verdict::broken, "its steps say undecided"},
        Defect{"UnknownErrno",
               [](Record& r) {
                 r.steps[1].result = "EIO";
                 r.claim = "undecided";
                 r.exit_status = 77;
               },
               Verdict::not_testable, "EIO"},
        Defect{"UndeclaredAttempt", [](Record& r) { r.steps[1].attempt = "other"; }, Verdict::broken,
               "does not declare: other"},
        Defect{"WitnessDisagrees",
               [](Record& r) {
                 r.live = {Finding::reached, "the victim got SIGURG"};
               },
               Verdict::broken, "but the victim got"},
        Defect{"LateWriter",
               [](Record& r) {
                 r.after = {Finding::reached, "the victim got SIGURG"};
               },
               Verdict::broken, "but the victim got"},
        Defect{"WitnessGone",
               [](Record& r) {
                 r.after = {Finding::unknown, "the victim is dead"};
               },
               Verdict::broken, "cannot tell"},
        Defect{"LeftBehind", [](Record& r) { r.left_behind = 2; }, Verdict::broken,
               "outlived the sandbox: 2"}),
    [](const auto& param) { return param.param.name; });

TEST(Judge, AnEscapeThatNobodySawIsBroken) {
  Record r = escaped();
  r.live = r.after = {Finding::unchanged, "the victim heard nothing"};
  EXPECT_EQ(judge(probe, spec, r, fired).verdict, Verdict::broken);
  EXPECT_EQ(judge_control(probe, r).verdict, Verdict::broken);
}

TEST(Judge, AnEscapeThatWasSeenToEndWithTheSandboxIsContained) {
  Record r = escaped();
  r.live = {Finding::unchanged, "the sandbox is still there"};
  r.after = {Finding::undone, "it was there, and ended with the sandbox"};
  EXPECT_EQ(judge(probe, spec, r, fired).verdict, Verdict::contained);
  EXPECT_EQ(judge_control(probe, r).verdict, Verdict::contained);
  r.live = {Finding::reached, "the victim got SIGURG"};
  EXPECT_EQ(judge(probe, spec, r, fired).verdict, Verdict::escaped);
}

// ENOSYS is no denial of "kill": but where the control shows that this kernel has the call, the filter that
// answers so decided.
TEST(Judge, TheFiltersOwnErrnoIsADecision) {
  Record r = contained();
  r.steps[1].result = "ENOSYS";
  r.claim = "undecided";
  r.exit_status = 77;
  EXPECT_EQ(judge(probe, spec, r, fired).verdict, Verdict::not_testable);
  isolator::Spec filtered;
  filtered.seccomp =
      isolator::Seccomp{.otherwise = {isolator::Seccomp::Action::Kind::fail, ENOSYS}, .rules = {}};
  EXPECT_EQ(judge(probe, filtered, r, fired).verdict, Verdict::contained);
  EXPECT_EQ(judge(probe, filtered, r, {Verdict::broken, "x"}).verdict, Verdict::not_testable);
}

// A probe that was refused everywhere may still know that it lacked something.
TEST(Judge, AModestProbeIsNotTestable) {
  Record r = contained();
  r.claim = "undecided";
  r.exit_status = 77;
  EXPECT_EQ(judge(probe, spec, r, fired).verdict, Verdict::not_testable);
}

TEST(Follows, TheWeakestRouteDecides) {
  EXPECT_EQ(follows(probe, of({{"a", "ESRCH", "kill"}, {"b", "ok", "pidfd"}})), "escaped");
  EXPECT_EQ(follows(probe, of({{"a", "ESRCH", "kill"}, {"b", "EIO", "pidfd"}})), "undecided");
  EXPECT_EQ(follows(probe, of({{"a", "ESRCH", "kill"}})), "contained");
  EXPECT_EQ(follows(probe, of({{"a", "ok", ""}})), "undecided");
}

/// An attack by a bundle, which a mended runtime refuses to start.
ProbeInfo by_bundle() {
  ProbeInfo out = probe;
  out.bundle = Bundle{nlohmann::json::array(), {}, {"must be mounted on ordinary directory"}};
  return out;
}

Record not_started(const std::string& said) {
  Record r;
  r.not_built = "/usr/sbin/runc: " + said;
  r.trouble = "it ended before it had greeted";
  return r;
}

TEST(JudgeBundle, ADeclaredRefusalToStartIsContainedWithItsWords) {
  const Judgement j = judge(by_bundle(), spec,
                            not_started("filesystem \"proc\" must be mounted on ordinary directory"), fired);
  EXPECT_EQ(j.verdict, Verdict::contained);
  EXPECT_THAT(j.reason, HasSubstr("ordinary directory"));
}

TEST(JudgeBundle, OfALongRefusalBothEndsAreTold) {
  const Record refused =
      not_started("begins" + std::string(2000, 'x') + "must be mounted on ordinary directory");
  const Judgement j = judge(by_bundle(), spec, refused, fired);
  EXPECT_EQ(j.verdict, Verdict::contained) << "though it stands at the end";
  EXPECT_THAT(j.reason, HasSubstr("begins"));
  EXPECT_THAT(j.reason, HasSubstr("ordinary directory"));
  EXPECT_LT(j.reason.size(), 500u);
}

TEST(JudgeBundle, AnyOtherFailureToStartIsBroken) {
  for (const char* said : {"no such image", "", "filesystem must be mounted", "permission denied"})
    EXPECT_EQ(judge(by_bundle(), spec, not_started(said), fired).verdict, Verdict::broken) << said;
}

TEST(JudgeBundle, ARefusalThatNoBundleDeclaresIsBroken) {
  const Record refused = not_started("must be mounted on ordinary directory");
  EXPECT_EQ(judge(probe, spec, refused, fired).verdict, Verdict::broken);
}

TEST(JudgeBundle, ARefusalProvesNothingWithoutItsControl) {
  const Record refused = not_started("must be mounted on ordinary directory");
  const Judgement quiet{Verdict::contained, "kill: ESRCH"};
  EXPECT_EQ(judge(by_bundle(), spec, refused, quiet).verdict, Verdict::not_testable);
  EXPECT_EQ(judge_control(by_bundle(), refused).verdict, Verdict::broken)
      << "the isolator starts from no bundle";
}

TEST(JudgeBundle, ARefusalThatLeavesSomethingBehindIsNotContained) {
  Record refused = not_started("must be mounted on ordinary directory");
  refused.left_behind = 1;
  EXPECT_EQ(judge(by_bundle(), spec, refused, fired).verdict, Verdict::broken);
  refused.left_behind = 0;
  refused.after.finding = Finding::reached;
  EXPECT_EQ(judge(by_bundle(), spec, refused, fired).verdict, Verdict::broken);
}

TEST(JudgeBundle, OnceStartedItIsAnAttackLikeAnyOther) {
  EXPECT_EQ(judge(by_bundle(), spec, escaped(), fired).verdict, Verdict::escaped);
  EXPECT_EQ(judge(by_bundle(), spec, contained(), fired).verdict, Verdict::contained);
}

}  // namespace
}  // namespace escapement
