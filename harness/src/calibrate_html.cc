#include "calibrate_report.h"

#include "report_text.h"

#include <algorithm>
#include <optional>

namespace escapement {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text::clean(text)) switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

constexpr const char* head = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark; --line: #8884; --hot: #cf222e; --warm: #d4a72c; --mild: #7d8590 }
body { font: 14px/1.45 ui-sans-serif, Helvetica, Arial, sans-serif; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } td, th { border: 1px solid var(--line); padding: .15rem .45rem; text-align: left; font-weight: normal; white-space: nowrap }
thead th { writing-mode: vertical-rl; transform: rotate(180deg); padding: .45rem .15rem } thead th:first-child { writing-mode: initial; transform: none }
thead { position: sticky; top: 0; background: Canvas } .absent { color: GrayText }
td.n { text-align: center; font-variant-numeric: tabular-nums; color: #fff; min-width: 1.4rem }
.d1 { background: var(--hot) } .d2 { background: var(--warm) } .d3 { background: var(--mild) }
th.class { font-weight: 600; background: #8882 } .key span { padding: 0 .5rem; color: #fff; margin-right: .4rem }
</style>
)";

/// The size of the smallest set with this layer without which the probe escapes.
std::optional<std::size_t> heat(const ProbeCalibration& probe, const std::string& layer) {
  std::optional<std::size_t> out;
  for (const auto& opener : probe.openers)
    if (opener.contains(layer) && (!out || opener.size() < *out)) out = opener.size();
  return out;
}

std::string list(const std::string& title, const std::vector<std::string>& items) {
  std::string out = "<h2>" + title + "</h2>\n";
  if (items.empty()) return out + "<p>None.</p>\n";
  out += "<ul>";
  for (const std::string& item : items) out += "<li>" + escaped(item);
  return out + "</ul>\n";
}

}  // namespace

std::string to_html(const Calibration& calibration) {
  // Also what is in no layer of the profile, as a mount that an opening brings in.
  std::vector<std::string> layers = calibration.layers;
  for (const ProbeCalibration& probe : calibration.probes)
    for (const auto& opener : probe.openers)
      for (const std::string& layer : opener)
        if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);

  std::string out = head;
  out += "<title>" + escaped(calibration.profile) + " calibrated</title>\n<h1>What holds each attack in " +
         escaped(calibration.profile) +
         "</h1>\n<p class=key>Lost without this layer <span class=d1>1</span>alone, "
         "<span class=d2>2</span>and another, <span class=d3>3</span>and more; grey names: nothing to attack "
         "here. Linux " +
         escaped(calibration.host.kernel) + ", " + std::to_string(calibration.sandboxes) +
         " sandboxes.</p>\n<table><thead><tr><th>probe";
  for (const std::string& layer : layers) out += "<th>" + escaped(layer);
  out += "</thead>\n";
  std::string cls;
  for (const ProbeCalibration& probe : calibration.probes) {
    if (probe.cls != cls)
      out += "<tr><th class=class colspan=" + std::to_string(layers.size() + 1) + ">" +
             escaped(cls = probe.cls) + "\n";
    out += probe.control.absent
               ? "<tr class=absent><th title=\"nothing to attack here: " + escaped(probe.control.reason)
               : "<tr><th title=\"" + escaped(probe.guarantee);
    out += "\">" + escaped(probe.id);
    for (const std::string& layer : layers) {
      const std::optional<std::size_t> number = heat(probe, layer);
      out += number ? "<td class=\"n d" + std::to_string(std::min<std::size_t>(*number, 3)) + "\">" +
                          std::to_string(*number)
                    : "<td>";
    }
    out += "\n";
  }
  out += "</table>\n<h2>Depth of defence</h2>\n<table><tr><th>guarantee<th>depth<th>lost without\n";
  for (const auto& [guarantee, depth] : depths(calibration))
    out += "<tr><td>" + escaped(guarantee) + "<td>" + std::to_string(depth.number) + "<td>" +
           escaped(text::join({depth.layers.begin(), depth.layers.end()}, ", ")) + "\n";
  out += "</table>\n" + list("Vacuous probes", vacuous_probes(calibration)) +
         list("Untested layers", untested_layers(calibration));
  return out + "</html>\n";
}

}  // namespace escapement
