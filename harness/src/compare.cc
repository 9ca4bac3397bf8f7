#include "compare.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "compare_cells.h"
#include "kernel_settings.h"
#include "report_text.h"
#include "report_view.h"

namespace escapement {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

void compare_runs(Comparison& out, const Run& base, const Run& now) {
  compare_cells(out, base, now);
  for (const std::string& layer : base.layers)
    if (!contains(now.layers, layer))
      out.worse.push_back({Change::layer_lost, {base.target, base.profile, "", layer, "applied", "", ""}});
  for (const std::string& layer : now.layers)
    if (!contains(base.layers, layer))
      out.better.push_back({now.target, now.profile, "", layer, "", "applied", ""});
}

/// Runs by target and profile; a profile that was given twice is compared in the order of the report.
std::map<std::tuple<std::string, std::string, int>, const Run*> by_name(const Report& report) {
  std::map<std::tuple<std::string, std::string, int>, const Run*> out;
  for (const Run& run : report.runs) {
    int nth = 0;
    while (!out.emplace(std::tuple{run.target, run.profile, nth}, &run).second) ++nth;
  }
  return out;
}

void lose_run(Comparison& out, const Run& run, const Report& now) {
  const auto left = std::find_if(now.left_out.begin(), now.left_out.end(),
                                 [&](const LeftOut& one) { return one.profile == run.profile; });
  const bool is_left_out = left != now.left_out.end();
  out.worse.push_back(
      {Change::profile_lost,
       {run.target, run.profile, "", "", text::count(run.results.size(), "cell"),
        is_left_out ? "left out" : "", is_left_out ? left->reason : "the report has no such run"}});
}

void compare_all_runs(Comparison& out, const Report& base, const Report& now) {
  const auto before = by_name(base), after = by_name(now);
  // In the order of the reports, not of the names.
  std::set<const Run*> in_both;
  for (const Run& run : base.runs) {
    const auto key =
        std::find_if(before.begin(), before.end(), [&](const auto& e) { return e.second == &run; });
    const auto same = after.find(key->first);
    if (same == after.end()) {
      lose_run(out, run, now);
      continue;
    }
    in_both.insert(same->second);
    compare_runs(out, run, *same->second);
  }
  for (const Run& run : now.runs)
    if (!in_both.contains(&run)) add_cells(out, run);
}

void compare_settings(Comparison& out) {
  const auto &before = out.base.sysctls, &after = out.now.sysctls;
  if (before.empty() || after.empty()) {
    out.not_compared = std::string(before.empty() ? "the base" : "the later report") + " does not tell them";
    return;
  }
  std::set<std::string> names;
  for (const auto& [setting, value] : before) names.insert(setting);
  for (const auto& [setting, value] : after) names.insert(setting);
  for (const std::string& setting : names) {
    const auto value = [&](const auto& of) { return of.contains(setting) ? of.at(setting) : ""; };
    Difference at{"", "", "", setting, value(before), value(after), ""};
    if (at.was == at.is) continue;
    out.host.push_back(at);
    // Another user does not see each setting: that one is not shown is no change of it.
    if (at.is.empty() && out.base.uid != out.now.uid) continue;
    const Shift direction = shift(setting, at.was, at.is);
    if (direction == Shift::tighter) out.better.push_back(at);
    if (direction != Shift::looser) continue;
    at.reason = "lets more through, whatever the verdicts";
    out.worse.push_back({Change::sysctl_loosened, at});
  }
}

void compare_hosts(Comparison& out, const Report& base, const Report& now) {
  const auto fact = [&](const char* what, const std::string& was, const std::string& is) {
    if (was != is) out.host.push_back({"", "", "", what, was, is, ""});
  };
  fact("kernel", base.host.kernel, now.host.kernel);
  fact("machine", base.host.machine, now.host.machine);
  fact("cgroup", base.host.cgroup, now.host.cgroup);
  fact("lsm", text::join(base.host.lsm, " "), text::join(now.host.lsm, " "));
  fact("uid", std::to_string(base.host.uid), std::to_string(now.host.uid));
  compare_settings(out);
  for (const std::string& line : now.changed)
    if (!contains(base.changed, line))
      out.worse.push_back({Change::host_changed, {"", "", "", line, "", "", ""}});
  if (now.changed.empty() && !base.changed.empty())
    out.better.push_back({"", "", "", "the host", "changed", "as before the run", ""});
}

}  // namespace

Comparison compare(const Report& base, const Report& now, double time_factor) {
  Comparison out;
  out.base = base.host;
  out.now = now.host;
  out.several_targets = several_targets(base) || several_targets(now);
  compare_all_runs(out, base, now);
  compare_hosts(out, base, now);
  out.times = compare_times(base, now, time_factor);
  for (const ProfileTime& time : out.times.profiles) {
    Difference at{
        time.target, time.profile, "", "p50", times_the_floor(time.p50.was), times_the_floor(time.p50.is),
        ""};
    if (time.trend == Trend::faster) out.better.push_back(at);
    if (time.trend != Trend::slower) continue;
    at.reason = "of " + std::to_string(time.samples) + " launches; the threshold is " +
                times_the_floor(time_factor * time.p50.was);
    out.worse.push_back({Change::slower, at});
  }
  std::stable_sort(out.worse.begin(), out.worse.end(),
                   [](const Regression& a, const Regression& b) { return a.change < b.change; });
  return out;
}

bool kernels_differ(const Comparison& comparison) { return comparison.base.kernel != comparison.now.kernel; }

int exit_code(const Comparison& comparison) {
  return comparison.worse.empty() && comparison.expired.empty() ? 0 : 1;
}

}  // namespace escapement
