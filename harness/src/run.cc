#include "run.h"

#include "host.h"
#include "host_state.h"
#include "judge.h"
#include "plantings.h"
#include "report_text.h"
#include "runner.h"

#include <algorithm>
#include <cerrno>
#include <deque>

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
  const HostPlantings plantings;
  const HostState before = host_state();

  // The controls come first: one a probe, asking for as much as any sandbox of this run.
  Demand most;
  for (const isolator::Profile& profile : request.profiles) most = larger(most, demand_of(profile.spec));
  std::deque<isolator::Profile> opened;
  std::vector<Cell> cells;
  for (const ProbeInfo& probe : request.probes) {
    opened.push_back(isolator::load_profile(request.base_path, probe.opening));
    cells.push_back({&opened.back(), &probe, &plantings.get(), most, request.patience});
  }
  for (const isolator::Profile& profile : request.profiles)
    for (const ProbeInfo& probe : request.probes)
      cells.push_back({&profile, &probe, &plantings.get(), demand_of(profile.spec), request.patience});

  const std::vector<Record> records = run_cells(cells, request.jobs, [&](std::size_t done, const Cell& cell) {
    progress(done, cells.size(), cell.profile->name + " · " + cell.probe->id);
  });

  const std::size_t probes = request.probes.size();
  std::vector<Judgement> controls;
  for (std::size_t i = 0; i < probes; ++i) controls.push_back(judge_control(request.probes[i], records[i]));

  for (std::size_t p = 0; p < request.profiles.size(); ++p) {
    const isolator::Profile& profile = request.profiles[p];
    const std::size_t first = probes * (p + 1);
    if (request.leave_out_unbuildable && permission(records[first].build_errno)) {
      const Record& record = records[first];
      report.left_out.push_back(
          {profile.name, record.not_built_hint.empty() ? record.not_built : record.not_built_hint});
      continue;
    }
    Run row{.target = "isolator",
            .profile = profile.name,
            .summary = profile.summary,
            .layers = layers(profile.spec)};
    for (std::size_t i = 0; i < probes; ++i) {
      const Record& record = records[first + i];
      const Control control{request.probes[i].opening, request.base.name, controls[i].verdict,
                            controls[i].reason, controls[i].absent};
      if (row.namespaces.empty()) row.namespaces = record.namespaces;
      row.results.push_back(result_of(cells[first + i], record,
                                      judge(request.probes[i], profile.spec, record, controls[i]), control));
    }
    report.runs.push_back(std::move(row));
  }
  report.changed = changes(before, host_state());
  report.elapsed = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
  return report;
}

}  // namespace escapement
