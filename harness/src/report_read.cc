#include <algorithm>
#include <array>

#include "report_json.h"

namespace escapement {
namespace {

using json = nlohmann::ordered_json;

template <typename Word, std::size_t N>
Word word(const json& at, const char* key, const std::array<Word, N>& all) {
  auto text = at.at(key).get<std::string>();
  for (Word one : all)
    if (name(one) == text) return one;
  throw ReportError(std::string(key) + ": \"" + text + "\" is none of its words");
}

Verdict verdict(const json& at) {
  return word(at, "verdict",
              std::array{Verdict::contained, Verdict::escaped, Verdict::not_testable, Verdict::broken});
}

microseconds time(const json& at, const char* key) { return microseconds(at.at(key).get<std::int64_t>()); }

Result read_result(const json& at) {
  Result r;
  r.probe = at.at("probe");
  r.cls = at.at("class");
  r.guarantee = at.at("guarantee");
  r.verdict = verdict(at);
  r.claimed = at.at("claimed");
  r.outcome = word(at, "outcome", std::array{Outcome::pass, Outcome::fail, Outcome::skip, Outcome::error});
  // A comparison believes the outcome, so one that contradicts the verdict must not get in.
  if (r.outcome != outcome_of(r.verdict, r.claimed))
    throw ReportError("outcome: does not follow from the verdict and the claim");
  r.reason = at.at("reason");
  for (const json& step : at.at("steps"))
    r.steps.push_back({step.at("call"), step.at("result"), step.value("attempt", "")});
  r.witness = {at.at("witness").at("kind"), at.at("witness").at("observed")};
  const json& control = at.at("control");
  if (std::string opening = control.at("opening"); !opening.empty()) r.control.opening = {opening};
  r.control.base = control.at("base");
  r.control.verdict = verdict(control);
  r.control.reason = control.at("reason");
  r.absent = at.value("absent", false);
  const json& times = at.at("time_us");
  r.time = {time(times, "launch"), time(times, "probe"), time(times, "teardown"), {}};
  for (const auto& [step, us] : times.at("launch_steps").items())
    r.time.launch_steps.emplace_back(step, microseconds(us.get<std::int64_t>()));
  return r;
}

/// Reads every entry of the list `at[key]`, and says which one is at fault.
template <typename T>
std::vector<T> read_list(const json& at, const char* key, T (*read)(const json&)) {
  std::vector<T> out;
  for (const json& entry : at.at(key).get_ref<const json::array_t&>()) {
    std::string here = std::string(key) + '[' + std::to_string(out.size()) + ']';
    try {
      out.push_back(read(entry));
    } catch (const ReportError& error) {
      throw ReportError(here + '.' + error.what());
    } catch (const json::exception& error) {
      throw ReportError(here + ": " + error.what());
    }
  }
  return out;
}

Run read_run(const json& at) {
  return {at.at("target"), at.at("profile"),    at.at("summary"),
          at.at("layers"), at.at("namespaces"), read_list<Result>(at, "results", read_result)};
}

}  // namespace

Report from_json(const json& at) {
  try {
    if (!at.is_object() || !at.contains("schema"))
      throw ReportError("this is not a report: it has no member \"schema\"");
    if (at["schema"] != 1)
      throw ReportError("schema: this is version " + at["schema"].dump() + "; expected 1");
    Report report;
    const json& host = at.at("host");
    report.host = {host.at("kernel"),  host.at("machine"), host.at("cgroup"),
                   host.at("boot_id"), host.at("lsm"),     host.at("uid")};
    report.runs = read_list<Run>(at, "runs", read_run);
    report.left_out = read_list<LeftOut>(
        at, "left_out", +[](const json& one) {
          return LeftOut{one.at("profile"), one.at("reason")};
        });
    report.changed = at.value("host_changed", std::vector<std::string>());
    report.elapsed = time(at, "elapsed_us");
    return report;
  } catch (const json::exception& error) {
    throw ReportError(error.what());
  }
}

}  // namespace escapement
