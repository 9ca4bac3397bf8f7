#include "report_timing.h"

#include <algorithm>
#include <map>

namespace escapement {

Timing timing(const Report& report) {
  std::vector<microseconds> launch, probe, teardown;
  std::map<std::string, std::vector<microseconds>> steps;
  auto add = [](std::vector<microseconds>& samples, microseconds time) {
    if (time.count() > 0) samples.push_back(time);
  };
  for (const Run& run : report.runs)
    for (const Result& result : run.results) {
      add(launch, result.time.launch);
      add(probe, result.time.probe);
      add(teardown, result.time.teardown);
      for (const auto& [step, time] : result.time.launch_steps) steps[step].push_back(time);
    }
  Timing all{distribution(launch), distribution(probe), distribution(teardown), {}};
  for (const auto& [step, samples] : steps) all.steps_p50.emplace_back(step, distribution(samples)->p50);
  std::stable_sort(all.steps_p50.begin(), all.steps_p50.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return all;
}

}  // namespace escapement
