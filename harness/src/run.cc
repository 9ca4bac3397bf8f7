#include "run.h"

#include "controls.h"
#include "host.h"
#include "judge.h"
#include "report_text.h"
#include "target/workshop.h"

#include <algorithm>
#include <cerrno>
#include <optional>

namespace escapement {

const std::vector<std::string> ladder{"open",      "chroot", "unshare",  "pivot", "cgroup", "capdrop",
                                      "container", "strict", "rootless", "judge", "agent"};

const char* const target_defaults = "default";

namespace {

/// This user may not build it, or not without newuidmap(1), which is not installed.
bool takes_more_than_this_user_has(const Record& record) {
  return record.build_errno == EPERM || record.build_errno == EACCES ||
         (record.build_errno == ENOENT && record.not_built.starts_with("maps new"));
}

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

/// One sandbox, as one target builds it.
struct Configuration {
  std::string target;
  const Target* builder;  ///< none: the isolator
  const isolator::Profile* profile;
  const isolator::Spec* told;  ///< to the builder; none: nothing
};

/// `workshop` is there where one of the targets is not the isolator.
std::vector<Configuration> configurations(const Request& request, std::optional<Workshop>& workshop) {
  std::vector<Configuration> out;
  for (const std::string& target : request.targets) {
    const Target* builder = target == "isolator" ? nullptr : &workshop->open(target, request.command);
    for (const isolator::Profile& profile : request.profiles) {
      const bool defaults = profile.name == target_defaults;
      if (defaults && builder == nullptr) continue;  // it has none: it builds what a profile says
      out.push_back({target, builder, &profile, defaults ? nullptr : &profile.spec});
    }
  }
  return out;
}

Run heading(const Configuration& configuration, const std::optional<Workshop>& workshop,
            const std::string& program) {
  const isolator::Profile& profile = *configuration.profile;
  Run out{.target = configuration.target,
          .profile = profile.name,
          .summary = profile.summary,
          .layers = layers(profile.spec)};
  if (configuration.builder == nullptr) return out;
  if (const TargetKind* kind = find_target(configuration.target)) out.version = kind->version();
  out.command = workshop->shown(*configuration.builder, program, configuration.told);
  if (configuration.told == nullptr) return out;
  out.gaps = configuration.builder->gaps(*configuration.told);
  std::erase_if(out.layers, [&](const std::string& layer) {
    return std::any_of(out.gaps.begin(), out.gaps.end(), [&](const Gap& gap) { return gap.layer == layer; });
  });
  return out;
}

std::vector<std::string> denials_of(const Configuration& configuration) {
  std::vector<std::string> out;
  if (configuration.told != nullptr || configuration.builder == nullptr)
    out = filter_denials(configuration.profile->spec);
  if (configuration.builder != nullptr)
    for (const std::string& refusal : configuration.builder->refusals()) out.push_back(refusal);
  return out;
}

}  // namespace

Report run(const Request& request,
           const std::function<void(std::size_t, std::size_t, const std::string&)>& progress) {
  const auto began = std::chrono::steady_clock::now();
  Report report;
  report.host = this_host();
  const std::size_t probes = request.probes.size();
  std::optional<Workshop> workshop;
  if (request.targets != std::vector<std::string>{"isolator"}) workshop.emplace();
  const std::vector<Configuration> all = configurations(request, workshop);

  // A control asks for as much as any sandbox of this run.
  Demand most;
  std::vector<Cell> cells;
  for (const Configuration& one : all) {
    const Demand demand = demand_of(one.profile->spec);
    most = larger(most, demand);
    for (const ProbeInfo& probe : request.probes)
      cells.push_back({.profile = one.profile,
                       .probe = &probe,
                       .demand = demand,
                       .target = one.builder,
                       .told = one.told,
                       .workplaces = workshop ? &workshop->places() : nullptr});
  }
  const Attacked attacked =
      attack_with_controls(request, most, cells, [&](std::size_t done, std::size_t total, const Cell& cell) {
        progress(done, total, cell.profile->name + " · " + cell.probe->id);
      });

  for (std::size_t c = 0; c < all.size(); ++c) {
    const Configuration& one = all[c];
    const std::size_t first = probes * c;
    if (const Record& record = attacked.records[first];
        request.leave_out_unbuildable && takes_more_than_this_user_has(record)) {
      report.left_out.push_back(
          {one.profile->name, record.not_built_hint.empty() ? record.not_built : record.not_built_hint});
      continue;
    }
    Run row = heading(one, workshop, request.probes.front().program);
    const std::vector<std::string> denials = denials_of(one);
    for (std::size_t i = 0; i < probes; ++i) {
      const Record& record = attacked.records[first + i];
      const Judgement& control = attacked.controls[i];
      if (row.namespaces.empty()) row.namespaces = record.namespaces;
      row.results.push_back(result_of(cells[first + i], record,
                                      judge(request.probes[i], denials, record, control),
                                      control_of(request, i, control)));
    }
    report.runs.push_back(std::move(row));
  }
  report.changed = attacked.changed;
  report.elapsed = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
  return report;
}

}  // namespace escapement
