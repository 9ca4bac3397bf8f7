#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <type_traits>

#include "report_json.h"

namespace escapement {
namespace {

using json = nlohmann::ordered_json;

template <typename T>
constexpr const char* expected = "another type";
template <>
constexpr const char* expected<std::string> = "a string";
template <>
constexpr const char* expected<bool> = "true or false";
template <>
constexpr const char* expected<unsigned> = "a number";
template <>
constexpr const char* expected<std::int64_t> = "a number";
template <>
constexpr const char* expected<std::vector<std::string>> = "a list of strings";
template <>
constexpr const char* expected<std::map<std::string, std::string>> = "an object of strings";

[[noreturn]] void refuse(const std::string& member, const json& found, const char* wanted) {
  throw ReportError(member + ": is " + found.type_name() + "; expected " + wanted);
}

const json& member(const json& at, const char* key) {
  const auto found = at.find(key);
  if (found == at.end()) throw ReportError(std::string(key) + ": is missing");
  return *found;
}

template <typename T>
T value(const json& found, const std::string& name) {
  if constexpr (std::is_same_v<T, std::int64_t> || std::is_same_v<T, unsigned>)
    if (!found.is_number_integer()) refuse(name, found, expected<T>);
  try {
    return found.get<T>();
  } catch (const json::exception&) {
    refuse(name, found, expected<T>);
  }
}

template <typename T>
T get(const json& at, const char* key) {
  return value<T>(member(at, key), key);
}

/// Of a member that came after the first reports of this version were stored.
template <typename T>
T get_if_there(const json& at, const char* key) {
  return at.contains(key) ? get<T>(at, key) : T{};
}

const json& object(const json& at, const char* key) {
  const json& found = member(at, key);
  if (!found.is_object()) refuse(key, found, "an object");
  return found;
}

/// Calls `read` with the object `at[key]`; what it throws names the way there.
template <typename Read>
auto within(const json& at, const char* key, Read read) {
  const json& found = object(at, key);
  try {
    return read(found);
  } catch (const ReportError& error) {
    throw ReportError(std::string(key) + '.' + error.what());
  }
}

template <typename Word, std::size_t N>
Word word(const json& at, const char* key, const std::array<Word, N>& all) {
  const auto text = get<std::string>(at, key);
  for (Word one : all)
    if (name(one) == text) return one;
  throw ReportError(std::string(key) + ": \"" + text + "\" is none of its words");
}

Verdict verdict(const json& at) {
  return word(at, "verdict",
              std::array{Verdict::contained, Verdict::escaped, Verdict::not_testable, Verdict::broken});
}

microseconds time(const json& at, const char* key) { return microseconds(get<std::int64_t>(at, key)); }

/// Reads every entry of the list `at[key]`, and says which one is at fault.
template <typename T>
std::vector<T> read_list(const json& at, const char* key, T (*read)(const json&)) {
  const json& list = member(at, key);
  if (!list.is_array()) refuse(key, list, "a list");
  std::vector<T> out;
  for (const json& entry : list) {
    const std::string here = std::string(key) + '[' + std::to_string(out.size()) + ']';
    if (!entry.is_object()) refuse(here, entry, "an object");
    try {
      out.push_back(read(entry));
    } catch (const ReportError& error) {
      throw ReportError(here + '.' + error.what());
    }
  }
  return out;
}

Step read_step(const json& at) {
  return {get<std::string>(at, "call"), get<std::string>(at, "result"),
          get_if_there<std::string>(at, "attempt"), std::nullopt};
}

Control read_control(const json& at) {
  Control control;
  if (const auto opening = get<std::string>(at, "opening"); !opening.empty()) control.opening = {opening};
  control.base = get<std::string>(at, "base");
  control.verdict = verdict(at);
  control.reason = get<std::string>(at, "reason");
  return control;
}

Times read_times(const json& at) {
  Times times{time(at, "launch"), time(at, "probe"), time(at, "teardown"), {}};
  for (const auto& [step, us] : object(at, "launch_steps").items())
    times.launch_steps.emplace_back(step, microseconds(value<std::int64_t>(us, "launch_steps." + step)));
  return times;
}

Result read_result(const json& at) {
  Result r;
  r.probe = get<std::string>(at, "probe");
  r.cls = get<std::string>(at, "class");
  r.guarantee = get<std::string>(at, "guarantee");
  r.verdict = verdict(at);
  r.claimed = get<bool>(at, "claimed");
  r.outcome = word(at, "outcome", std::array{Outcome::pass, Outcome::fail, Outcome::skip, Outcome::error});
  // A comparison believes the outcome, so one that contradicts the verdict must not get in.
  if (r.outcome != outcome_of(r.verdict, r.claimed))
    throw ReportError("outcome: does not follow from the verdict and the claim");
  r.reason = get<std::string>(at, "reason");
  r.steps = read_list<Step>(at, "steps", read_step);
  r.witness = within(at, "witness", [](const json& witness) {
    return Testimony{get<std::string>(witness, "kind"), get<std::string>(witness, "observed")};
  });
  r.control = within(at, "control", read_control);
  r.absent = get_if_there<bool>(at, "absent");
  r.time = within(at, "time_us", read_times);
  return r;
}

Gap read_gap(const json& at) { return {get<std::string>(at, "layer"), get<std::string>(at, "reason")}; }

Run read_run(const json& at) {
  Run run;
  run.target = get<std::string>(at, "target");
  run.profile = get<std::string>(at, "profile");
  run.summary = get<std::string>(at, "summary");
  run.version = get_if_there<std::string>(at, "version");
  run.command = get_if_there<std::string>(at, "command");
  if (at.contains("not_expressed")) run.gaps = read_list<Gap>(at, "not_expressed", read_gap);
  run.layers = get<std::vector<std::string>>(at, "layers");
  run.namespaces = get<std::map<std::string, std::string>>(at, "namespaces");
  run.results = read_list<Result>(at, "results", read_result);
  return run;
}

LeftOut read_left_out(const json& at) {
  return {get<std::string>(at, "profile"), get<std::string>(at, "reason")};
}

Host read_host(const json& at) {
  return {get<std::string>(at, "kernel"),
          get<std::string>(at, "machine"),
          get<std::string>(at, "cgroup"),
          get<std::string>(at, "boot_id"),
          get<std::vector<std::string>>(at, "lsm"),
          get<unsigned>(at, "uid"),
          get_if_there<std::map<std::string, std::string>>(at, "sysctls")};
}

}  // namespace

Report from_json(const json& at) {
  if (!at.is_object() || !at.contains("schema"))
    throw ReportError("this is not a report: it has no member \"schema\"");
  if (at["schema"] != 1) throw ReportError("schema: this is version " + at["schema"].dump() + "; expected 1");
  if (!at.contains("runs")) throw ReportError("runs: is missing; expected a report of escapement run");
  Report report;
  report.host = within(at, "host", read_host);
  report.runs = read_list<Run>(at, "runs", read_run);
  report.left_out = read_list<LeftOut>(at, "left_out", read_left_out);
  report.changed = get_if_there<std::vector<std::string>>(at, "host_changed");
  report.elapsed = time(at, "elapsed_us");
  return report;
}

Report load_report(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw ReportError(path + ": cannot open: " + std::strerror(errno) + "; expected a report, JSON");
  try {
    return from_json(json::parse(file));
  } catch (const json::exception& error) {
    // What nlohmann adds before, "[json.exception.parse_error.101] ", tells a reader nothing.
    const std::string what = error.what();
    throw ReportError(path + ": " + what.substr(std::min(what.find("] ") + 2, what.size())));
  } catch (const ReportError& error) {
    throw ReportError(path + ": " + error.what());
  }
}

}  // namespace escapement
