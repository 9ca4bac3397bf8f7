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

LaunchRatio p50(const Report& base, const Report& now, double factor = 3) {
  const LaunchTimes times = compare_times(base, now, factor);
  return times.profiles.empty() ? LaunchRatio{} : times.profiles.at(0).p50;
}

TEST(CompareTimes, three_times_as_long_is_slower_and_a_little_less_is_not) {
  EXPECT_EQ(p50(report(97, 1009), report(97, 3 * 1009)).trend, LaunchRatio::slower);
  EXPECT_EQ(p50(report(97, 1009), report(97, 3 * 1009 - 1)).trend, LaunchRatio::alike);
  EXPECT_EQ(p50(report(97, 3 * 1009), report(97, 1009)).trend, LaunchRatio::faster);
  EXPECT_EQ(p50(report(97, 1009), report(97, 2 * 1009), 2).trend, LaunchRatio::slower);
}

TEST(CompareTimes, a_slower_machine_is_not_a_slower_sandbox) {
  EXPECT_EQ(p50(report(100, 1000), report(1000, 10000)).trend, LaunchRatio::alike);
  EXPECT_EQ(p50(report(100, 1000), report(10, 1000)).trend, LaunchRatio::slower);
  EXPECT_DOUBLE_EQ(p50(report(100, 1000), report(1000, 10000)).was, 10);
}

TEST(CompareTimes, few_samples_are_not_judged) {
  EXPECT_EQ(p50(report(100, 1000, 19), report(100, 9000)).trend, LaunchRatio::not_judged);
  EXPECT_EQ(p50(report(100, 1000), report(100, 9000, 19)).trend, LaunchRatio::not_judged);
  EXPECT_EQ(p50(report(100, 1000, 20), report(100, 9000, 20)).trend, LaunchRatio::slower);
  Report few = report(100, 1000);
  few.runs[0].results.resize(19);
  EXPECT_EQ(p50(few, report(100, 9000)).trend, LaunchRatio::not_judged) << "nor is a floor of few";
}

TEST(CompareTimes, a_launch_that_did_not_take_place_is_no_sample) {
  Report now = report(100, 9000, 25);
  for (std::size_t i = 0; i < 6; ++i) now.runs[1].results[i].time.launch = microseconds(0);
  EXPECT_EQ(p50(report(100, 1000), now).trend, LaunchRatio::not_judged);
}

TEST(CompareTimes, the_slowest_few_need_more_samples_and_twice_the_factor) {
  const auto with_slow = [](long slow, std::size_t samples) {
    Report out = report(100, 1000, samples);
    for (std::size_t i = 0; i < 5; ++i) out.runs[1].results[i].time.launch = microseconds(slow);
    return out;
  };
  const auto p99 = [&](long slow, std::size_t samples) {
    return compare_times(with_slow(1000, samples), with_slow(slow, samples), 3).profiles.at(0).p99.trend;
  };
  EXPECT_EQ(p99(6000, 100), LaunchRatio::slower);
  EXPECT_EQ(p99(5999, 100), LaunchRatio::alike);
  EXPECT_EQ(p99(6000, 99), LaunchRatio::not_judged);
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
