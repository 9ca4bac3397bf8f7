#include "calibrate_report.h"

#include "report_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace escapement {
namespace {

using Layers = std::set<std::string>;

std::string words(const Layers& layers) { return text::join({layers.begin(), layers.end()}, ", "); }

std::string in_words(const Depth& depth) {
  if (depth.number == 0) return "none: " + depth.probe + " escapes from the profile as it is";
  return words(depth.layers) + (depth.number == 1 ? ", a single point of failure" : "");
}

Tone tone_of(std::size_t number) { return number == 0 ? Tone::bad : number == 1 ? Tone::warn : Tone::good; }

void section(std::string& out, const std::string& title, const std::vector<std::string>& lines, Tone tone,
             const Style& style) {
  out += "\n" + paint(style, Tone::strong, title) + "\n";
  if (lines.empty()) out += "  none\n";
  for (const std::string& line : lines)
    out += "  " + paint(style, tone, style.terminal ? text::cut(line, style.width - 2, style.utf8) : line) +
           "\n";
}

std::vector<std::string> broken_cells(const Calibration& calibration) {
  std::vector<std::string> out;
  for (const ProbeCalibration& probe : calibration.probes)
    for (const std::string& cell : probe.broken) out.push_back(probe.id + " " + cell);
  return out;
}

std::vector<std::string> with_reasons(const Calibration& calibration, bool absent) {
  const std::vector<std::string> vacuous = vacuous_probes(calibration);
  std::vector<std::string> out;
  for (const ProbeCalibration& probe : calibration.probes)
    if (absent ? probe.control.absent : std::find(vacuous.begin(), vacuous.end(), probe.id) != vacuous.end())
      out.push_back(probe.id + ": " + probe.control.reason);
  return out;
}

}  // namespace

std::string to_table(const Calibration& calibration, const Style& style) {
  const std::map<std::string, Depth> all = depths(calibration);
  std::string out =
      paint(style, Tone::strong, calibration.profile) + ": what holds each guarantee, by taking it away\n\n";
  std::size_t width = 9;
  for (const auto& [guarantee, depth] : all) width = std::max(width, guarantee.size());
  out += paint(style, Tone::dim, "  " + text::left("guarantee", unsigned(width)) + "  depth  lost without") +
         "\n";
  for (const auto& [guarantee, depth] : all) {
    std::string line = "  " + text::left(guarantee, unsigned(width)) + "  ";
    const std::string number = text::right(std::to_string(depth.number), 5);
    const std::string last = in_words(depth);
    out +=
        line + paint(style, tone_of(depth.number), number) + "  " +
        (style.terminal
             ? text::cut(last, style.width > width + 12 ? unsigned(style.width - width - 11) : 20, style.utf8)
             : last) +
        "\n";
  }
  section(out, "Vacuous probes, which escaped nowhere", with_reasons(calibration, false), Tone::bad, style);
  section(out, "Untested layers, without which no probe got further", untested_layers(calibration),
          Tone::warn, style);
  if (const std::vector<std::string> absent = with_reasons(calibration, true); !absent.empty())
    section(out, "Nothing to attack here", absent, Tone::unknown, style);
  std::vector<std::string> unbuilt;
  for (const Unbuilt& one : calibration.unbuilt) unbuilt.push_back(one.without + ": " + one.reason);
  if (!unbuilt.empty()) section(out, "Could not be built", unbuilt, Tone::unknown, style);
  if (const std::vector<std::string> broken = broken_cells(calibration); !broken.empty())
    section(out, "Broken", broken, Tone::broken, style);
  if (!calibration.changed.empty())
    section(out, "The host is not as it was before", calibration.changed, Tone::broken, style);
  out += "\n" + std::to_string(calibration.sandboxes) + " sandboxes in " +
         text::human(calibration.elapsed, style.utf8) + ", " +
         text::count(calibration.probes.size(), "probe") + ", " +
         text::count(calibration.layers.size(), "layer") + ".\n";
  return out;
}

std::string to_json_text(const Calibration& calibration) {
  nlohmann::ordered_json depth = nlohmann::ordered_json::object();
  for (const auto& [guarantee, one] : depths(calibration))
    depth[guarantee] = {{"number", one.number}, {"layers", one.layers}, {"probe", one.probe}};
  nlohmann::ordered_json probes = nlohmann::ordered_json::array();
  for (const ProbeCalibration& probe : calibration.probes) {
    nlohmann::ordered_json entry = {{"id", probe.id},
                                    {"class", probe.cls},
                                    {"guarantee", probe.guarantee},
                                    {"control", name(probe.control.verdict)},
                                    {"reason", probe.control.reason},
                                    {"openers", probe.openers},
                                    {"broken", probe.broken}};
    if (probe.control.absent) entry["absent"] = true;
    probes.push_back(std::move(entry));
  }
  nlohmann::ordered_json unbuilt = nlohmann::ordered_json::array();
  for (const Unbuilt& one : calibration.unbuilt)
    unbuilt.push_back({{"without", one.without}, {"reason", one.reason}});
  const nlohmann::ordered_json out = {{"schema", 1},
                                      {"tool", {{"name", "escapement"}, {"version", ESCAPEMENT_VERSION}}},
                                      {"kernel", calibration.host.kernel},
                                      {"profile", calibration.profile},
                                      {"layers", calibration.layers},
                                      {"vacuous_probes", vacuous_probes(calibration)},
                                      {"untested_layers", untested_layers(calibration)},
                                      {"depth", std::move(depth)},
                                      {"matrix", matrix(calibration)},
                                      {"unbuilt", std::move(unbuilt)},
                                      {"host_changed", calibration.changed},
                                      {"probes", std::move(probes)},
                                      {"sandboxes", calibration.sandboxes},
                                      {"elapsed_us", calibration.elapsed.count()}};
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace escapement
