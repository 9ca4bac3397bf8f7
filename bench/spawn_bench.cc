// Every way of starting the payload, by itself. For the ratios that are asserted see ratios.cc.

#include <isolator/keeper.h>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <exception>
#include <string_view>

#include "context.h"
#include "processes.h"
#include "samples.h"
#include "way.h"

namespace {

bool could_not_run = false, failed = false;

void measure(benchmark::State& state, const bench::Way& way) {
  bench::Work work;
  try {
    work = way.prepare();
    work();
  } catch (const std::exception& e) {
    could_not_run |= !way.name.starts_with("peer/");  // what another program refuses is for it to say
    state.SkipWithError(e.what());
    return;
  }
  bench::Samples samples;
  for ([[maybe_unused]] auto _ : state) {
    double took = 0;
    try {
      took = work();
    } catch (const std::exception& e) {
      failed = true;
      state.SkipWithError(e.what());
      break;
    }
    state.SetIterationTime(took / 1e6);
    samples.push_back(took);
    bench::reap_orphans();
  }
  const bench::Percentiles p = bench::percentiles(std::move(samples));
  state.counters["p50"] = p.p50;
  state.counters["p90"] = p.p90;
  state.counters["p99"] = p.p99;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const auto& [key, value] : bench::context()) benchmark::AddCustomContext(key, value);
  for (const bench::Way& way : bench::all_ways())
    benchmark::RegisterBenchmark(way.name.c_str(), measure, way)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);

  // Killed half-way, it leaves no cgroup behind.
  return isolator::under_keeper(
      [] {
        benchmark::RunSpecifiedBenchmarks();
        const char* must = std::getenv("ESCAPEMENT_MUST_WORK");
        const bool must_work = must != nullptr && std::string_view(must) == "1";
        return failed || (could_not_run && must_work) ? 1 : 0;
      },
      false);
}
