#include "compare_times.h"

#include <gmock/gmock.h>

#include "compare.h"

namespace escapement {
namespace {

/// Two profiles whose launches take as long as that, `samples` times each.
Report report(long floor, long strict, std::size_t samples = 100) {
  Report out;
  for (const auto& [profile, time] : {std::pair{"open", floor}, std::pair{"strict", strict}}) {
    out.runs.push_back({"isolator", profile, "", {}, {}, {}});
    for (std::size_t i = 0; i < samples; ++i) {
      Result result;
      result.probe = "p" + std::to_string(i);
      result.verdict = Verdict::contained;
      result.outcome = Outcome::pass;
      result.time.launch = microseconds(time);
      out.runs.back().results.push_back(result);
    }
  }
  return out;
}

ProfileTime strict(const Report& base, const Report& now, double factor = 3) {
  const LaunchTimes times = compare_times(base, now, factor);
  return times.profiles.empty() ? ProfileTime{} : times.profiles.at(0);
}

TEST(CompareTimes, three_times_as_long_is_slower_and_a_little_less_is_not) {
  EXPECT_EQ(strict(report(97, 1009), report(97, 3 * 1009)).trend, Trend::slower);
  EXPECT_EQ(strict(report(97, 1009), report(97, 3 * 1009 - 1)).trend, Trend::alike);
  EXPECT_EQ(strict(report(97, 3 * 1009), report(97, 1009)).trend, Trend::faster);
  EXPECT_EQ(strict(report(97, 1009), report(97, 2 * 1009), 2).trend, Trend::slower);
}

TEST(CompareTimes, a_slower_machine_is_not_a_slower_sandbox) {
  EXPECT_EQ(strict(report(100, 1000), report(1000, 10000)).trend, Trend::alike);
  EXPECT_EQ(strict(report(100, 1000), report(10, 1000)).trend, Trend::slower);
  EXPECT_DOUBLE_EQ(strict(report(100, 1000), report(1000, 10000)).p50.was, 10);
}

TEST(CompareTimes, few_samples_are_not_judged) {
  EXPECT_EQ(strict(report(100, 1000, 19), report(100, 9000)).trend, Trend::not_judged);
  EXPECT_EQ(strict(report(100, 1000), report(100, 9000, 19)).trend, Trend::not_judged);
  EXPECT_EQ(strict(report(100, 1000, 20), report(100, 9000, 20)).trend, Trend::slower);
  Report few = report(100, 1000);
  few.runs[0].results.resize(19);
  EXPECT_EQ(strict(few, report(100, 9000)).trend, Trend::not_judged) << "nor is a floor of few";
}

TEST(CompareTimes, a_launch_that_did_not_take_place_is_no_sample) {
  Report now = report(100, 9000, 25);
  for (std::size_t i = 0; i < 6; ++i) now.runs[1].results[i].time.launch = microseconds(0);
  EXPECT_EQ(strict(report(100, 1000), now).trend, Trend::not_judged);
}

TEST(CompareTimes, a_busy_machine_that_lifts_all_but_the_quickest_tenth_is_no_slower_sandbox) {
  Report busy = report(100, 9000);
  for (std::size_t i = 0; i < 10; ++i) busy.runs[1].results[i].time.launch = microseconds(2000);
  EXPECT_EQ(strict(report(100, 1000), busy).trend, Trend::alike);
  for (std::size_t i = 0; i < 10; ++i) busy.runs[1].results[i].time.launch = microseconds(3000);
  EXPECT_EQ(strict(report(100, 1000), busy).trend, Trend::slower);
}

TEST(CompareTimes, the_quickest_tenth_alone_is_no_slower_sandbox_either) {
  Report base = report(100, 9000);
  for (std::size_t i = 0; i < 10; ++i) base.runs[1].results[i].time.launch = microseconds(1000);
  EXPECT_EQ(strict(base, report(100, 9000)).trend, Trend::alike);
}

TEST(CompareTimes, the_slowest_few_are_shown_and_not_judged) {
  Report now = report(100, 1000);
  for (std::size_t i = 0; i < 5; ++i) now.runs[1].results[i].time.launch = microseconds(90'000);
  const ProfileTime time = strict(report(100, 1000), now);
  EXPECT_EQ(time.trend, Trend::alike);
  EXPECT_DOUBLE_EQ(time.p99.is, 900);
}

TEST(CompareTimes, without_a_floor_in_both_reports_nothing_is_judged_and_that_is_said) {
  Report now = report(100, 9000);
  now.runs.erase(now.runs.begin());
  const LaunchTimes times = compare_times(report(100, 1000), now, 3);
  EXPECT_TRUE(times.profiles.empty());
  EXPECT_EQ(times.no_floor, "the profile open is not in both reports");
  EXPECT_EQ(compare_times(report(100, 1000), report(100, 1000), 3).no_floor, "");
}

TEST(CompareTimes, a_slower_launch_is_a_regression_of_its_profile) {
  const Comparison comparison = compare(report(100, 1000, 20), report(100, 3000, 20), 3);
  ASSERT_EQ(comparison.worse.size(), 1u);
  EXPECT_EQ(comparison.worse[0].change, Change::slower);
  const Difference& at = comparison.worse[0].at;
  EXPECT_EQ(at.profile + ' ' + at.what + ' ' + at.was + ' ' + at.is, "strict p50 10.0x 30.0x");
  EXPECT_EQ(exit_code(comparison), 1);
}

}  // namespace
}  // namespace escapement
