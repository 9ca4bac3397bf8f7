#include "breakdown.h"

#include <isolator/launch.h>

#include <cstdio>
#include <map>

#include "samples.h"
#include "way.h"

namespace bench {
namespace {

double microseconds(std::chrono::nanoseconds t) {
  return std::chrono::duration<double, std::micro>(t).count();
}

void print(std::string_view name, const Samples& samples) {
  const Percentiles p = percentiles(samples);
  std::printf("  %-36.*s %8.0f %8.0f %8.0f\n", int(name.size()), name.data(), p.p50, p.p90, p.p99);
}

}  // namespace

void print_breakdown(int rounds) {
  const isolator::Plan plan = isolator::compile(profile("strict").spec);
  std::map<isolator::Step, Samples> steps;
  Samples to_exec, to_exit, to_gone;
  for (int i = 0; i < rounds; ++i) {
    const isolator::Outcome outcome = isolator::launch(plan).wait();
    for (const auto& [step, spent] : outcome.steps) steps[step].push_back(microseconds(spent));
    to_exec.push_back(microseconds(outcome.to_exec));
    to_exit.push_back(microseconds(outcome.to_exit));
    to_gone.push_back(microseconds(outcome.to_gone));
  }
  std::printf("Where a launch of strict goes\n");
  print("to exec", to_exec);
  for (const auto& [step, samples] : steps) print("  " + std::string(isolator::name(step)), samples);
  print("from exec to exit", to_exit);
  print("from exit until all is gone", to_gone);
}

}  // namespace bench
