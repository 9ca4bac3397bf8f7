#include "compare_report.h"

namespace escapement {
namespace {

using json = nlohmann::ordered_json;

/// What does not belong to the place is left out.
json json_of(const Difference& at) {
  json out = json::object();
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  add("target", at.target);
  add("profile", at.profile);
  add("probe", at.probe);
  add("what", at.what);
  add("was", at.was);
  add("is", at.is);
  add("reason", at.reason);
  return out;
}

json json_of(const Regression& regression) {
  json out{{"change", name(regression.change)}};
  out.update(json_of(regression.at));
  return out;
}

json json_of(const Waiver& waiver) {
  return {{"place", waiver.place},   {"change", name(waiver.change)},
          {"target", waiver.target}, {"profile", waiver.profile},
          {"probe", waiver.probe},   {"what", waiver.what},
          {"reason", waiver.reason}, {"expires", text_of(waiver.expires)}};
}

json json_of(const Waived& waived) {
  json out = json_of(waived.regression);
  out["waiver"] = json_of(waived.waiver);
  return out;
}

json json_of(const LaunchRatio& ratio) { return {{"was", ratio.was}, {"is", ratio.is}}; }

const char* word(Trend trend) {
  constexpr const char* words[] = {"not-judged", "alike", "slower", "faster"};
  return words[static_cast<std::size_t>(trend)];
}

json json_of(const ProfileTime& time) {
  return {{"target", time.target},
          {"profile", time.profile},
          {"was_us", time.was.count()},
          {"is_us", time.is.count()},
          {"samples", time.samples},
          {"p50_to_floor", json_of(time.p50)},
          {"p10_to_floor", json_of(time.p10)},
          {"p99_to_floor", json_of(time.p99)},
          {"trend", word(time.trend)}};
}

template <typename T>
json list_of(const std::vector<T>& all) {
  json out = json::array();
  for (const T& one : all) out.push_back(json_of(one));
  return out;
}

}  // namespace

json to_json(const Comparison& comparison) {
  json out = {{"base_kernel", comparison.base.kernel},
              {"now_kernel", comparison.now.kernel},
              {"cells", comparison.cells},
              {"new_cells", comparison.added},
              {"worse", list_of(comparison.worse)},
              {"waived", list_of(comparison.waived)},
              {"expired_waivers", list_of(comparison.expired)},
              {"unused_waivers", list_of(comparison.unused)},
              {"better", list_of(comparison.better)},
              {"verdicts", list_of(comparison.verdicts)},
              {"host", list_of(comparison.host)},
              {"launch", list_of(comparison.times.profiles)}};
  if (!comparison.not_compared.empty()) out["sysctls_not_compared"] = comparison.not_compared;
  if (!comparison.times.no_floor.empty()) out["no_floor"] = comparison.times.no_floor;
  return out;
}

std::string to_json_text(const Comparison& comparison) {
  json out = {{"schema", 1}, {"tool", {{"name", "escapement"}, {"version", ESCAPEMENT_VERSION}}}};
  out["comparison"] = to_json(comparison);
  return out.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace escapement
