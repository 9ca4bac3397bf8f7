#include "surface.h"

#include "host.h"
#include "host_state.h"
#include "judge.h"
#include "plantings.h"
#include "runner.h"

#include <algorithm>
#include <map>

namespace escapement {
namespace {

constexpr std::string_view by = " by ", natively = "; natively ", never = "; never made: ";

std::string* answer_of(SurfaceCall& call, std::string_view entry) {
  if (entry == "native") return &call.native;
  if (entry == "i386") return &call.i386;
  if (entry == "x32") return &call.x32;
  return entry == "io_uring" ? &call.io_uring : nullptr;
}

// "mount by i386", "fork by native; never made: why", "mount by i386; natively ENOSYS", and for a ring
// "openat by io_uring; natively ENOSYS: EFAULT".
struct Words {
  std::string name, entry, rest;
};
Words words_of(const std::string& call) {
  const std::size_t name = call.find(by);
  if (name == call.npos) return {};
  const std::size_t entry = name + by.size(), rest = std::min(call.find(';'), call.size());
  return {call.substr(0, name), call.substr(entry, rest - entry), call.substr(rest)};
}

bool refuses(const std::string& answer) {
  return answer == "SIGSYS" || answer == "EPERM" || answer == "EACCES" || answer == "ENOSYS";
}

}  // namespace

Reach reach_of(const SurfaceCall& call, const std::vector<std::string>& not_there) {
  if (call.native.empty()) return call.never.empty() ? Reach::not_native : Reach::not_made;
  if (!refuses(call.native)) return Reach::reached;
  const bool missing = std::find(not_there.begin(), not_there.end(), call.name) != not_there.end();
  return missing ? Reach::not_there : Reach::refused;
}

Surface surface_of(const ProbeInfo& probe, const Record& record) {
  Surface out;
  std::map<std::string, SurfaceCall> calls;
  for (const Step& step : record.steps) {
    const Words words = words_of(step.call);
    SurfaceCall& call = calls[words.name];
    std::string* answer = answer_of(call, words.entry);
    if (answer == nullptr) continue;  // of no call: how many there were, what was prepared
    if (step.attempt.empty()) {
      call.name = words.name;
      if (words.rest.starts_with(never))
        call.never = words.rest.substr(never.size());
      else if (words.rest.empty())
        *answer = step.result;
      else
        call.never = words.rest.substr(2);
    } else if (passed(probe, record, step) && words.rest.starts_with(natively)) {
      const std::string native = words.rest.substr(natively.size());
      const std::size_t colon = native.find(": ");
      const bool completed = colon != native.npos;
      out.otherwise.push_back({words.name, words.entry, native.substr(0, colon),
                               completed ? native.substr(colon + 2) : step.result});
    }
  }
  for (auto& [name, call] : calls)
    if (!call.name.empty()) out.calls.push_back(std::move(call));
  return out;
}

SurfaceReport map_surfaces(const Request& request,
                           const std::function<void(std::size_t, const std::string&)>& progress) {
  const auto began = std::chrono::steady_clock::now();
  SurfaceReport report;
  report.host = this_host();
  const HostPlantings plantings;
  const HostState before = host_state();
  const ProbeInfo& probe = request.probes.front();

  const isolator::Profile opened = isolator::load_profile(request.base_path, probe.opening);
  const std::vector<std::string> off{"seccomp.mode=off"};
  const isolator::Profile open = isolator::load_profile(request.base_path, off);
  const auto cell = [&](const isolator::Profile& profile, const char* order) {
    return Cell{&profile, &probe, &plantings.get(), demand_of(profile.spec), request.patience, order};
  };
  std::vector<Cell> cells{cell(opened, ""), cell(open, "map=1")};
  for (const isolator::Profile& profile : request.profiles) cells.push_back(cell(profile, "map=1"));
  const std::vector<Record> records = run_cells(
      cells, request.jobs, [&](std::size_t done, const Cell& one) { progress(done, one.profile->name); });

  const Judgement control = judge_control(probe, records[0]);
  for (const SurfaceCall& call : surface_of(probe, records[1]).calls)
    if (call.native == "ENOSYS") report.not_there.push_back(call.name);
  for (std::size_t i = 0; i < request.profiles.size(); ++i) {
    const isolator::Profile& profile = request.profiles[i];
    const Record& record = records[i + 2];
    const Judgement judgement = judge(probe, profile.spec, record, control);
    Surface surface = surface_of(probe, record);
    surface.profile = profile.name;
    surface.verdict = judgement.verdict;
    surface.reason = judgement.reason;
    surface.absent = judgement.absent;
    report.surfaces.push_back(std::move(surface));
  }
  report.changed = changes(before, host_state());
  report.elapsed = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
  return report;
}

int exit_code(const SurfaceReport& report) {
  bool unanswered = !report.changed.empty() || report.surfaces.empty();
  for (const Surface& surface : report.surfaces) {
    if (surface.verdict == Verdict::escaped) return 1;
    const bool untested = surface.verdict == Verdict::not_testable && !surface.absent;
    unanswered |= surface.verdict == Verdict::broken || untested || surface.calls.empty();
  }
  return unanswered ? 3 : 0;
}

}  // namespace escapement
