#include "controls.h"

#include "host_state.h"
#include "plantings.h"
#include "runner.h"

#include <deque>

namespace escapement {

Attacked attack_with_controls(
    const Request& request, const Demand& demand, std::vector<Cell> cells,
    const std::function<void(std::size_t done, std::size_t total, const Cell& last)>& progress) {
  const HostPlantings plantings;
  const HostState before = host_state();

  std::deque<isolator::Profile> opened;
  std::vector<Cell> all;
  all.reserve(request.probes.size() + cells.size());
  for (const ProbeInfo& probe : request.probes) {
    opened.push_back(isolator::load_profile(request.base_path, probe.opening));
    all.push_back({.profile = &opened.back(), .probe = &probe, .demand = demand, .control = true});
  }
  all.insert(all.end(), cells.begin(), cells.end());
  for (Cell& cell : all) {
    cell.plantings = &plantings.get();
    cell.patience =
        request.patience * (cell.target != nullptr ? 4 : 1);  // which starts more than one process
  }
  std::vector<Record> records = run_cells(
      all, request.jobs, [&](std::size_t done, const Cell& cell) { progress(done, all.size(), cell); });

  Attacked out;
  for (std::size_t i = 0; i < request.probes.size(); ++i)
    out.controls.push_back(judge_control(request.probes[i], records[i]));
  records.erase(records.begin(), records.begin() + std::ptrdiff_t(request.probes.size()));
  out.records = std::move(records);
  out.changed = changes(before, host_state());
  return out;
}

Control control_of(const Request& request, std::size_t probe, const Judgement& judged) {
  return {request.probes[probe].opening, request.base.name, judged.verdict, judged.reason, judged.absent};
}

}  // namespace escapement
