#include "compare_times.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "percentile.h"

namespace escapement {
namespace {

constexpr std::size_t least_samples = 20;
constexpr const char* floor_profile = "open";

/// Of all runs of that name: a profile that was given twice has twice the samples.
std::optional<Distribution> launches(const Report& report, const std::string& target,
                                     const std::string& profile) {
  std::vector<microseconds> samples;
  for (const Run& run : report.runs)
    if (run.target == target && run.profile == profile)
      for (const Result& result : run.results)
        if (result.time.launch.count() > 0) samples.push_back(result.time.launch);
  return distribution(std::move(samples));
}

struct Pair {
  Distribution was, is;
  std::size_t samples() const { return std::min(was.samples, is.samples); }
};

std::optional<Pair> pair_of(const Report& base, const Report& now, const std::string& target,
                            const std::string& profile) {
  const auto was = launches(base, target, profile), is = launches(now, target, profile);
  if (!was || !is) return std::nullopt;
  return Pair{*was, *is};
}

using Percentile = microseconds Distribution::*;

double us(const Distribution& of, Percentile percentile) {
  return static_cast<double>((of.*percentile).count());
}

LaunchRatio ratio(const Pair& time, const Pair& floor, Percentile which) {
  return {us(time.was, which) / us(floor.was, which), us(time.is, which) / us(floor.is, which)};
}

Trend trend_of(const Pair& time, const Pair& floor, Percentile which, double factor) {
  // Products of whole numbers: three times as long is exactly that.
  const double before = us(time.was, which) * us(floor.is, which),
               after = us(time.is, which) * us(floor.was, which);
  return after >= factor * before ? Trend::slower : factor * after <= before ? Trend::faster : Trend::alike;
}

Trend judge(const Pair& time, const Pair& floor, double factor) {
  if (std::min(time.samples(), floor.samples()) < least_samples) return Trend::not_judged;
  const Trend median = trend_of(time, floor, &Distribution::p50, factor);
  return median == trend_of(time, floor, &Distribution::p10, factor) ? median : Trend::alike;
}

}  // namespace

LaunchTimes compare_times(const Report& base, const Report& now, double factor) {
  LaunchTimes out;
  for (const Run& run : base.runs) {
    if (run.profile == floor_profile) continue;
    if (std::any_of(out.profiles.begin(), out.profiles.end(), [&](const ProfileTime& time) {
          return time.target == run.target && time.profile == run.profile;
        }))
      continue;
    const auto time = pair_of(base, now, run.target, run.profile);
    if (!time) continue;
    const auto floor = pair_of(base, now, run.target, floor_profile);
    if (!floor) {
      out.no_floor = "the profile open is not in both reports";
      continue;
    }
    out.profiles.push_back(
        {run.target, run.profile, time->was.p50, time->is.p50, std::min(time->samples(), floor->samples()),
         ratio(*time, *floor, &Distribution::p50), ratio(*time, *floor, &Distribution::p10),
         ratio(*time, *floor, &Distribution::p99), judge(*time, *floor, factor)});
  }
  return out;
}

std::string times_the_floor(double ratio) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*fx", ratio < 99.95 ? 1 : 0, ratio);
  return text;
}

}  // namespace escapement
