#include "compare_times.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "percentile.h"

namespace escapement {
namespace {

constexpr std::size_t p50_samples = 20, p99_samples = 100;
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

LaunchRatio ratio(const Pair& time, const Pair& floor, microseconds Distribution::*percentile,
                  std::size_t needed, double factor) {
  const auto us = [&](const Distribution& of) { return static_cast<double>((of.*percentile).count()); };
  LaunchRatio out;
  out.was = us(time.was) / us(floor.was);
  out.is = us(time.is) / us(floor.is);
  out.threshold = out.was * factor;
  if (std::min(time.samples(), floor.samples()) < needed) return out;
  // Products of whole numbers: three times as long is exactly that.
  const double before = us(time.was) * us(floor.is), after = us(time.is) * us(floor.was);
  out.trend = after >= factor * before   ? LaunchRatio::slower
              : factor * after <= before ? LaunchRatio::faster
                                         : LaunchRatio::alike;
  return out;
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
    out.profiles.push_back({run.target, run.profile, time->was.p50, time->is.p50,
                            std::min(time->samples(), floor->samples()),
                            ratio(*time, *floor, &Distribution::p50, p50_samples, factor),
                            ratio(*time, *floor, &Distribution::p99, p99_samples, 2 * factor)});
  }
  return out;
}

std::string times_the_floor(double ratio) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*fx", ratio < 99.95 ? 1 : 0, ratio);
  return text;
}

}  // namespace escapement
