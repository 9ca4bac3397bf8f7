#include "compare.h"

#include <gmock/gmock.h>

#include "compare_cells.h"
#include "report_sample.h"

namespace escapement {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double factor = 3;

Result& cell(Report& report, const char* profile, const char* probe) {
  for (Run& run : report.runs)
    for (Result& result : run.results)
      if (run.profile == profile && result.probe == probe) return result;
  throw std::out_of_range(probe);
}

void judge_as(Result& result, Verdict verdict) {
  result.verdict = verdict;
  result.outcome = outcome_of(verdict, result.claimed);
}

void claim(Result& result, bool claimed) {
  result.claimed = claimed;
  result.outcome = outcome_of(result.verdict, claimed);
}

/// "escaped strict kill-outside-pid contained -> escaped", a line each.
std::vector<std::string> lines(const Comparison& comparison) {
  std::vector<std::string> out;
  for (const auto& [change, at] : comparison.worse) {
    std::string line(name(change));
    for (const std::string& part : {at.profile, at.probe, at.what, at.was, at.is})
      if (!part.empty()) line += " | " + part;
    out.push_back(line);
  }
  return out;
}

/// What is worse after `edit` of the sample.
template <typename Edit>
std::vector<std::string> after(Edit edit) {
  Report now = sample_report();
  edit(now);
  const Comparison comparison = compare(sample_report(), now, factor);
  EXPECT_EQ(exit_code(comparison), comparison.worse.empty() ? 0 : 1);
  return lines(comparison);
}

TEST(Compare, a_report_is_not_worse_than_itself) {
  const Comparison same = compare(sample_report(), sample_report(), factor);
  EXPECT_THAT(lines(same), IsEmpty());
  EXPECT_THAT(same.better, IsEmpty());
  EXPECT_THAT(same.verdicts, IsEmpty());
  EXPECT_THAT(same.host, IsEmpty());
  EXPECT_EQ(same.cells, 11u);
  EXPECT_EQ(exit_code(same), 0);
}

TEST(Compare, words_and_evidence_are_not_compared) {
  EXPECT_THAT(after([](Report& now) {
                Result& one = cell(now, "strict", "fork-bomb");
                one.reason = "fork refused at 30: EAGAIN";
                one.steps.clear();
                one.witness.observed = "31 processes";
                one.control.reason = "ran away";
                now.host.boot_id = "other";
                now.elapsed *= 9;
              }),
              IsEmpty());
}

TEST(Compare, a_new_escape_is_worse_claimed_or_not) {
  EXPECT_THAT(after([](Report& now) { judge_as(cell(now, "strict", "fork-bomb"), Verdict::escaped); }),
              ElementsAre("escaped | strict | fork-bomb | contained | escaped"));
  EXPECT_THAT(
      after([](Report& now) { judge_as(cell(now, "unshare", "kill-outside-pid"), Verdict::escaped); }),
      ElementsAre("escaped | unshare | kill-outside-pid | contained | escaped"));
}

TEST(Compare, each_way_in_which_a_cell_can_be_worse) {
  const Report base = sample_report();
  Report old = base;
  const auto change = [&](const char* profile, const char* probe, auto edit) {
    Report now = base;
    edit(cell(now, profile, probe));
    return worse(cell(old, profile, probe), cell(now, profile, probe));
  };
  const auto to = [](Verdict verdict) { return [=](Result& r) { judge_as(r, verdict); }; };
  EXPECT_EQ(change("strict", "fork-bomb", to(Verdict::broken)), Change::broken);
  EXPECT_EQ(change("strict", "memory-hog", to(Verdict::broken)), Change::broken);
  EXPECT_EQ(change("strict", "fork-bomb", to(Verdict::not_testable)), Change::not_testable);
  EXPECT_EQ(change("open", "kill-outside-pid", to(Verdict::not_testable)), Change::not_testable);
  EXPECT_EQ(change("strict", "memory-hog", to(Verdict::escaped)), Change::fails) << "was not testable";
  EXPECT_EQ(change("open", "fork-bomb", [](Result& r) { claim(r, true); }), Change::fails);
  EXPECT_EQ(change("strict", "fork-bomb", [](Result& r) { claim(r, false); }), Change::claim_lost);
  EXPECT_EQ(change("strict", "kill-outside-pid", [](Result& r) { claim(r, false); }), Change::claim_lost)
      << "a failure that is not claimed any more";
  EXPECT_EQ(change("strict", "fork-bomb",
                   [](Result& r) {
                     r.control.verdict = Verdict::contained;
                     judge_as(r, Verdict::not_testable);
                   }),
            Change::control_lost);
  EXPECT_EQ(change("unshare", "fork-bomb", to(Verdict::contained)), std::nullopt);
  EXPECT_EQ(change("unshare", "fork-bomb", to(Verdict::not_testable)), std::nullopt)
      << "was not tested either";
  EXPECT_EQ(change("open", "memory-hog", to(Verdict::escaped)), std::nullopt) << "nothing was claimed";
}

TEST(Compare, what_vanished_is_worse) {
  EXPECT_THAT(after([](Report& now) { now.runs[2].results.erase(now.runs[2].results.begin()); }),
              ElementsAre("probe-lost | strict | chroot-double-escape | contained"));
  EXPECT_THAT(after([](Report& now) { now.runs.erase(now.runs.begin() + 1); }),
              ElementsAre("profile-lost | unshare | 3 cells"));
  EXPECT_THAT(after([](Report& now) {
                now.runs.pop_back();
                now.left_out.push_back({"strict", "needs root"});
              }),
              ElementsAre("profile-lost | strict | 4 cells | left out"));
  EXPECT_THAT(after([](Report& now) { now.runs[2].target = "other"; }),
              testing::Contains("profile-lost | strict | 4 cells"));
}

TEST(Compare, a_profile_that_was_given_twice_is_compared_in_order) {
  Report base = sample_report();
  base.runs.push_back(base.runs[2]);
  Report now = base;
  judge_as(now.runs[3].results[2], Verdict::broken);
  EXPECT_THAT(lines(compare(base, now, factor)),
              ElementsAre("broken | strict | fork-bomb | contained | broken"));
  EXPECT_THAT(lines(compare(base, sample_report(), factor)), ElementsAre("profile-lost | strict | 4 cells"));
}

TEST(Compare, two_results_of_one_probe_are_compared_in_order) {
  Report base = sample_report();
  base.runs[2].results.push_back(base.runs[2].results[2]);
  Report now = base;
  judge_as(now.runs[2].results.back(), Verdict::escaped);
  EXPECT_THAT(lines(compare(base, now, factor)), SizeIs(1));
  EXPECT_THAT(lines(compare(base, sample_report(), factor)),
              ElementsAre("probe-lost | strict | fork-bomb | contained"));
}

TEST(Compare, a_new_cell_is_worse_only_where_it_fails_or_is_broken) {
  Report now = sample_report();
  for (Verdict verdict : {Verdict::contained, Verdict::escaped, Verdict::not_testable, Verdict::broken})
    now.runs[2].results.push_back(
        sample_result("new-one", "process", "process.new", verdict, true, "because"));
  now.runs[2].results.push_back(
      sample_result("new-two", "process", "process.new", Verdict::escaped, false, "because"));
  const Comparison comparison = compare(sample_report(), now, factor);
  EXPECT_THAT(lines(comparison), ElementsAre("fails | strict | new-one | escaped, claimed",
                                             "broken | strict | new-one | broken, claimed"));
  EXPECT_EQ(comparison.added, 3u);
  EXPECT_EQ(comparison.cells, 11u);
}

TEST(Compare, a_new_profile_is_judged_like_new_cells) {
  Report base = sample_report();
  base.runs.pop_back();
  EXPECT_THAT(lines(compare(base, sample_report(), factor)),
              ElementsAre("fails | strict | kill-outside-pid | escaped, claimed"));
}

TEST(Compare, a_layer_that_is_lost_is_worse_and_one_that_came_is_better) {
  EXPECT_THAT(after([](Report& now) { now.runs[2].layers = {"pid"}; }),
              ElementsAre("layer-lost | strict | seccomp | applied"));
  Report now = sample_report();
  now.runs[2].layers.push_back("no_new_privs");
  const Comparison comparison = compare(sample_report(), now, factor);
  EXPECT_THAT(comparison.worse, IsEmpty());
  ASSERT_THAT(comparison.better, SizeIs(1));
  EXPECT_EQ(comparison.better[0].what, "no_new_privs");
}

TEST(Compare, a_changed_host_is_worse_where_it_was_not_before) {
  const auto change = [](Report& now) { now.changed = {"hostname: a, then b"}; };
  EXPECT_THAT(after(change), ElementsAre("host-changed | hostname: a, then b"));
  Report base = sample_report();
  change(base);
  EXPECT_THAT(lines(compare(base, base, factor)), IsEmpty());
  EXPECT_THAT(compare(base, sample_report(), factor).better, SizeIs(1));
}

TEST(Compare, a_setting_that_lets_more_through_is_worse_whatever_the_verdicts) {
  EXPECT_THAT(after([](Report& now) { now.host.sysctls["kernel.dmesg_restrict"] = "0"; }),
              ElementsAre("sysctl-loosened | kernel.dmesg_restrict | 1 | 0"));
  Report base = sample_report(), now = base;
  base.host.sysctls["kernel.dmesg_restrict"] = "0";
  EXPECT_THAT(lines(compare(base, now, factor)), IsEmpty());
  EXPECT_THAT(compare(base, now, factor).better, SizeIs(1));
}

TEST(Compare, settings_that_one_report_does_not_tell_are_not_compared_and_that_is_said) {
  Report now = sample_report();
  now.host.sysctls.clear();
  EXPECT_THAT(lines(compare(sample_report(), now, factor)), IsEmpty());
  EXPECT_EQ(compare(sample_report(), now, factor).not_compared, "the later report does not tell them");
  EXPECT_EQ(compare(now, sample_report(), factor).not_compared, "the base does not tell them");
  EXPECT_EQ(compare(sample_report(), sample_report(), factor).not_compared, "");
}

TEST(Compare, a_setting_that_another_user_does_not_see_is_no_change) {
  Report base = sample_report(), now = base;
  base.host.sysctls["kernel.yama.ptrace_scope"] = "1";
  EXPECT_THAT(lines(compare(base, now, factor)),
              ElementsAre("sysctl-loosened | kernel.yama.ptrace_scope | 1"));
  now.host.uid = 0;
  EXPECT_THAT(lines(compare(base, now, factor)), IsEmpty());
}

TEST(Compare, what_is_better_is_told_and_is_not_worse) {
  Report base = sample_report();
  Report now = base;
  judge_as(cell(now, "strict", "kill-outside-pid"), Verdict::contained);
  judge_as(cell(now, "unshare", "fork-bomb"), Verdict::contained);
  claim(cell(now, "unshare", "kill-outside-pid"), true);
  const Comparison comparison = compare(base, now, factor);
  EXPECT_THAT(lines(comparison), IsEmpty());
  std::vector<std::string> better;
  for (const Difference& at : comparison.better) better.push_back(at.probe + ": " + at.was + ", " + at.is);
  EXPECT_THAT(better, ElementsAre("kill-outside-pid: contained, not claimed, contained, claimed",
                                  "fork-bomb: broken, contained", "kill-outside-pid: escaped, contained"));
}

TEST(Compare, the_gravest_stands_first) {
  EXPECT_THAT(after([](Report& now) {
                now.host.sysctls["kernel.dmesg_restrict"] = "0";
                judge_as(cell(now, "unshare", "kill-outside-pid"), Verdict::not_testable);
                judge_as(cell(now, "strict", "fork-bomb"), Verdict::escaped);
              }),
              ElementsAre("escaped | strict | fork-bomb | contained | escaped",
                          "not-testable | unshare | kill-outside-pid | contained | not-testable",
                          "sysctl-loosened | kernel.dmesg_restrict | 1 | 0"));
}

TEST(Compare, other_kernels_are_named_with_every_verdict_and_fact_that_differs) {
  Report now = sample_report();
  now.host.kernel = "6.12.107";
  now.host.lsm = {"landlock"};
  judge_as(cell(now, "unshare", "kill-outside-pid"), Verdict::escaped);
  judge_as(cell(now, "open", "kill-outside-pid"), Verdict::contained);
  const Comparison comparison = compare(sample_report(), now, factor);
  EXPECT_TRUE(kernels_differ(comparison));
  EXPECT_THAT(comparison.verdicts, SizeIs(2));
  ASSERT_THAT(comparison.host, SizeIs(2));
  EXPECT_EQ(comparison.host[0].is, "6.12.107");
  EXPECT_EQ(comparison.host[1].was, "landlock yama");
}

}  // namespace
}  // namespace escapement
