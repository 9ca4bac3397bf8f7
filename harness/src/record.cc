#include "record.h"

#include <nlohmann/json.hpp>

namespace escapement {

using nlohmann::json;

static void to_json(json& j, const Step& s) { j = {s.call, s.result, s.attempt}; }
static void from_json(const json& j, Step& s) { s = {j.at(0), j.at(1), j.at(2), {}}; }
static void to_json(json& j, const Observation& o) { j = {int(o.finding), o.text}; }
static void from_json(const json& j, Observation& o) {
  o = {Observation::Finding(j.at(0).get<int>()), j.at(1)};
}

static void to_json(json& j, const Times& t) {
  json steps = json::array();
  for (const auto& [step, time] : t.launch_steps) steps.push_back({step, time.count()});
  j = {t.launch.count(), t.probe.count(), t.teardown.count(), steps};
}
static void from_json(const json& j, Times& t) {
  t = {microseconds(j.at(0)), microseconds(j.at(1)), microseconds(j.at(2)), {}};
  for (const json& step : j.at(3)) t.launch_steps.emplace_back(step.at(0), microseconds(step.at(1)));
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Record, not_built, not_built_hint, build_errno, not_planted, trouble,
                                   misplaced, namespaces, own_session, own_group, steps, saw, claim,
                                   claim_reason, absent, exit_status, signal, live, after, left_behind, time)

// A hostile probe may have written bytes that are no UTF-8: they are shown as U+FFFD.
std::string to_line(const Record& record) {
  return json(record).dump(-1, ' ', false, json::error_handler_t::replace);
}

Record from_line(const std::string& line) { return json::parse(line).get<Record>(); }

}  // namespace escapement
