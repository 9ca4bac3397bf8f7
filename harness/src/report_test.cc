#include "report.h"

#include <gmock/gmock.h>

#include "report_sample.h"

namespace escapement {
namespace {

constexpr Verdict verdicts[] = {Verdict::contained, Verdict::escaped, Verdict::not_testable, Verdict::broken};

TEST(Report, names_are_those_of_the_report) {
  std::vector<std::string_view> names;
  for (Verdict verdict : verdicts) names.push_back(name(verdict));
  EXPECT_THAT(names, testing::ElementsAre("contained", "escaped", "not-testable", "broken"));
  names.clear();
  for (Outcome outcome : {Outcome::pass, Outcome::fail, Outcome::skip, Outcome::error})
    names.push_back(name(outcome));
  EXPECT_THAT(names, testing::ElementsAre("pass", "fail", "skip", "error"));
}

TEST(Report, outcome_follows_from_verdict_and_claim) {
  EXPECT_EQ(outcome_of(Verdict::contained, true), Outcome::pass);
  EXPECT_EQ(outcome_of(Verdict::contained, false), Outcome::pass);
  EXPECT_EQ(outcome_of(Verdict::escaped, true), Outcome::fail);
  EXPECT_EQ(outcome_of(Verdict::escaped, false), Outcome::pass);
  for (bool claimed : {false, true}) {
    EXPECT_EQ(outcome_of(Verdict::not_testable, claimed), Outcome::skip);
    EXPECT_EQ(outcome_of(Verdict::broken, claimed), Outcome::error);
  }
}

TEST(Report, summary_counts_outcomes_over_all_runs) {
  Summary sum = summarize(sample_report());
  EXPECT_EQ(sum.pass, 7u);
  EXPECT_EQ(sum.fail, 1u);
  EXPECT_EQ(sum.not_testable, 2u);
  EXPECT_EQ(sum.broken, 1u);
}

TEST(Report, exit_code_of_every_combination) {
  // Bit 0: a pass, 1: a fail, 2: not testable, 3: broken, 4: a profile left out, 5: must_test.
  for (unsigned bits = 0; bits < 64; ++bits) {
    SCOPED_TRACE(bits);
    Report report;
    // Spread over runs, so that no run alone decides.
    auto add = [&](unsigned bit, Verdict verdict) {
      if (bits & 1u << bit)
        report.runs.push_back(
            {"isolator", "p", "", {}, {}, {sample_result("x", "c", "c.p", verdict, true, "r")}});
    };
    add(0, Verdict::contained);
    add(1, Verdict::escaped);
    add(2, Verdict::not_testable);
    add(3, Verdict::broken);
    if (bits & 16) report.left_out = {{"cgroup", "needs root"}};
    bool fail = bits & 2, untested = bits & 4, broken = bits & 8, left_out = bits & 16, must_test = bits & 32;
    bool empty = (bits & 15) == 0;
    int expected = 0;
    if (empty || broken) expected = 3;
    if (must_test && (untested || left_out)) expected = 3;
    if (fail) expected = 1;
    EXPECT_EQ(exit_code(report, must_test ? MustTest::all : MustTest::nothing), expected);
    EXPECT_EQ(exit_code(report, must_test ? MustTest::present : MustTest::nothing), expected);
  }
}

TEST(Report, a_host_that_was_changed_is_an_error) {
  Report report;
  report.runs = {
      {"isolator", "p", "", {}, {}, {sample_result("x", "c", "c.p", Verdict::contained, true, "r")}}};
  report.changed = {"hostname: was a, is b"};
  EXPECT_EQ(exit_code(report, MustTest::nothing), 3);
  report.runs[0].results.push_back(sample_result("y", "c", "c.p", Verdict::escaped, true, "r"));
  EXPECT_EQ(exit_code(report, MustTest::nothing), 1) << "a claim that was seen to fail outweighs it";
}

TEST(Report, an_escape_that_nobody_claimed_against_is_no_failure) {
  Report report;
  report.runs = {
      {"isolator", "open", "", {}, {}, {sample_result("x", "c", "c.p", Verdict::escaped, false, "r")}}};
  EXPECT_EQ(exit_code(report, MustTest::all), 0);
}

TEST(Report, what_a_kernel_does_not_have_need_not_be_tested_unless_all_must_be) {
  Report report;
  Result result = sample_result("x", "c", "c.p", Verdict::not_testable, true, "r");
  result.absent = true;
  report.runs = {{"isolator", "p", "", {}, {}, {result}}};
  EXPECT_EQ(exit_code(report, MustTest::present), 0);
  EXPECT_EQ(exit_code(report, MustTest::all), 3);
}

}  // namespace
}  // namespace escapement
