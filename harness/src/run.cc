#include "run.h"

#include "controls.h"
#include "host.h"
#include "judge.h"
#include "report_text.h"

#include <algorithm>
#include <cerrno>

namespace escapement {

const std::vector<std::string> ladder{"open",      "chroot", "unshare",  "pivot", "cgroup", "capdrop",
                                      "container", "strict", "rootless", "judge", "agent"};

namespace {

bool permission(int err) { return err == EPERM || err == EACCES; }

Result result_of(const Cell& cell, const Record& record, const Judgement& judgement, const Control& control) {
  Result out;
  out.probe = cell.probe->id;
  out.cls = cell.probe->cls;
  out.guarantee = cell.probe->guarantee;
  out.verdict = judgement.verdict;
  out.reason = judgement.reason;
  out.absent = judgement.absent;
  out.claimed = is_claimed(cell.profile->claims, cell.probe->guarantee);
  out.outcome = outcome_of(out.verdict, out.claimed);
  out.steps = record.steps;
  out.witness.kind = text::join(cell.probe->witness, ", ");
  out.witness.observed = record.after.text.empty() ? record.live.text : record.after.text;
  out.control = control;
  out.time = record.time;
  return out;
}

Demand larger(const Demand& a, const Demand& b) {
  return {std::max(a.processes, b.processes), std::max(a.bytes, b.bytes),
          std::max(a.processors, b.processors)};
}

}  // namespace

Report run(const Request& request,
           const std::function<void(std::size_t, std::size_t, const std::string&)>& progress) {
  const auto began = std::chrono::steady_clock::now();
  Report report;
  report.host = this_host();
  const std::size_t probes = request.probes.size();

  // A control asks for as much as any sandbox of this run.
  Demand most;
  std::vector<Cell> cells;
  for (const isolator::Profile& profile : request.profiles) {
    const Demand demand = demand_of(profile.spec);
    most = larger(most, demand);
    for (const ProbeInfo& probe : request.probes)
      cells.push_back({.profile = &profile, .probe = &probe, .demand = demand});
  }
  const Attacked attacked =
      attack_with_controls(request, most, cells, [&](std::size_t done, std::size_t total, const Cell& cell) {
        progress(done, total, cell.profile->name + " · " + cell.probe->id);
      });

  for (std::size_t p = 0; p < request.profiles.size(); ++p) {
    const isolator::Profile& profile = request.profiles[p];
    const std::size_t first = probes * p;
    if (const Record& record = attacked.records[first];
        request.leave_out_unbuildable && permission(record.build_errno)) {
      report.left_out.push_back(
          {profile.name, record.not_built_hint.empty() ? record.not_built : record.not_built_hint});
      continue;
    }
    Run row{.target = "isolator",
            .profile = profile.name,
            .summary = profile.summary,
            .layers = layers(profile.spec)};
    for (std::size_t i = 0; i < probes; ++i) {
      const Record& record = attacked.records[first + i];
      const Judgement& control = attacked.controls[i];
      if (row.namespaces.empty()) row.namespaces = record.namespaces;
      row.results.push_back(result_of(cells[first + i], record,
                                      judge(request.probes[i], profile.spec, record, control),
                                      control_of(request, i, control)));
    }
    report.runs.push_back(std::move(row));
  }
  report.changed = attacked.changed;
  report.elapsed = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
  return report;
}

}  // namespace escapement
