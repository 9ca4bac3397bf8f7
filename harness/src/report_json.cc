#include "report_json.h"

#include "compare_report.h"
#include "report_text.h"
#include "report_timing.h"

#ifndef ESCAPEMENT_VERSION
#error "compile report_json.cc with -DESCAPEMENT_VERSION=\"x.y.z\""
#endif

namespace escapement {
namespace {

using json = nlohmann::ordered_json;

json steps_json(const std::vector<std::pair<std::string, microseconds>>& steps) {
  json out = json::object();
  for (const auto& [step, time] : steps) out[step] = time.count();
  return out;
}

json result_json(const Result& result) {
  json steps = json::array();
  for (const Step& step : result.steps) {
    json entry{{"call", step.call}, {"result", step.result}};
    if (!step.attempt.empty()) entry["attempt"] = step.attempt;
    steps.push_back(entry);
  }
  const Control& control = result.control;
  json controlled{{"opening", text::join(control.opening, " ")},
                  {"base", control.base},
                  {"verdict", name(control.verdict)},
                  {"reason", control.reason}};
  json out = {{"probe", result.probe},
              {"class", result.cls},
              {"guarantee", result.guarantee},
              {"verdict", name(result.verdict)},
              {"claimed", result.claimed},
              {"outcome", name(result.outcome)},
              {"reason", result.reason},
              {"steps", steps},
              {"witness", {{"kind", result.witness.kind}, {"observed", result.witness.observed}}},
              {"control", controlled},
              {"time_us",
               {{"launch", result.time.launch.count()},
                {"probe", result.time.probe.count()},
                {"teardown", result.time.teardown.count()},
                {"launch_steps", steps_json(result.time.launch_steps)}}}};
  if (result.absent) out["absent"] = true;
  return out;
}

json run_json(const Run& run) {
  json results = json::array();
  for (const Result& result : run.results) results.push_back(result_json(result));
  json out{{"target", run.target}, {"profile", run.profile},       {"summary", run.summary},
           {"layers", run.layers}, {"namespaces", run.namespaces}, {"results", results}};
  if (run.command.empty()) return out;  // the isolator's own
  if (!run.version.empty()) out["version"] = run.version;
  out["command"] = run.command;
  out["not_expressed"] = json::array();
  for (const Gap& gap : run.gaps)
    out["not_expressed"].push_back({{"layer", gap.layer}, {"reason", gap.reason}});
  return out;
}

json timing_json(const Report& report) {
  Timing all = timing(report);
  json out = json::object();
  auto add = [&](const char* key, const std::optional<Distribution>& d) {
    if (d)
      out[key] = {
          {"p50", d->p50.count()}, {"p90", d->p90.count()}, {"p99", d->p99.count()}, {"samples", d->samples}};
  };
  add("launch", all.launch);
  add("probe", all.probe);
  add("teardown", all.teardown);
  out["launch_steps_p50"] = steps_json(all.steps_p50);
  return out;
}

}  // namespace

json to_json(const Report& report) {
  const Host& host = report.host;
  Summary sum = summarize(report);
  json runs = json::array(), left_out = json::array();
  for (const Run& run : report.runs) runs.push_back(run_json(run));
  for (const LeftOut& one : report.left_out)
    left_out.push_back({{"profile", one.profile}, {"reason", one.reason}});
  return {
      {"schema", 1},
      {"tool", {{"name", "escapement"}, {"version", ESCAPEMENT_VERSION}}},
      {"host",
       {{"kernel", host.kernel},
        {"machine", host.machine},
        {"cgroup", host.cgroup},
        {"lsm", host.lsm},
        {"uid", host.uid},
        {"boot_id", host.boot_id},
        {"sysctls", host.sysctls}}},
      {"runs", runs},
      {"summary",
       {{"pass", sum.pass}, {"fail", sum.fail}, {"not_testable", sum.not_testable}, {"broken", sum.broken}}},
      {"left_out", left_out},
      {"host_changed", report.changed},
      {"elapsed_us", report.elapsed.count()},
      {"timing_us", timing_json(report)}};
}

std::string to_json_text(const Report& report, const Comparison* comparison) {
  json out = to_json(report);
  if (comparison != nullptr) out["comparison"] = to_json(*comparison);
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace escapement
