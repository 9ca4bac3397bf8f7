#include "surface_report.h"

#include "report_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace escapement {
namespace {

using Names = std::vector<std::string>;

void block(std::string& out, const std::string& heading, Tone tone, const Names& names, const Style& style) {
  constexpr unsigned indent = 2, widest = 118;
  const unsigned room = std::max(std::min(style.width, widest), 40U) - indent;
  out += "\n" + paint(style, tone, text::clean(heading, style.utf8)) + "\n";
  for (const std::string& line : text::wrap(text::clean(text::join(names, " "), style.utf8), room))
    out += std::string(indent, ' ') + line + "\n";
}

std::map<Reach, unsigned> counts(const Surface& surface, const Names& not_there) {
  std::map<Reach, unsigned> out;
  for (const SurfaceCall& call : surface.calls) ++out[reach_of(call, not_there)];
  return out;
}

std::set<std::string> through(const Surface& surface, const Names& not_there) {
  std::set<std::string> out;
  for (const SurfaceCall& call : surface.calls)
    if (reach_of(call, not_there) == Reach::reached) out.insert(call.name);
  return out;
}

// One word of how the question was answered, and why where that is not plain.
std::string answer(const Surface& surface) {
  if (surface.verdict == Verdict::escaped)
    return text::count(surface.otherwise.size(), "call") + " reached by another entry";
  if (surface.verdict == Verdict::contained) return "none reached by another entry";
  return (surface.absent ? "nothing to go round: " : "no answer: ") + surface.reason;
}

Tone tone_of(const Surface& surface) {
  if (surface.verdict == Verdict::escaped) return Tone::bad;
  if (surface.verdict == Verdict::contained) return Tone::good;
  return surface.absent ? Tone::dim : Tone::broken;
}

void summary(std::string& out, const SurfaceReport& report, const Style& style) {
  unsigned width = 7;
  for (const Surface& one : report.surfaces)
    width = std::max(width, text::width(text::clean(one.profile, style.utf8)));
  const auto number = [](unsigned value) { return text::right(std::to_string(value), 9); };
  out += paint(style, Tone::strong, text::left("profile", width) + "  reached  refused  no such  not made") +
         "\n";
  for (const Surface& one : report.surfaces) {
    std::map<Reach, unsigned> of = counts(one, report.not_there);
    const std::string line = text::left(text::clean(one.profile, style.utf8), width) +
                             number(of[Reach::reached]) + number(of[Reach::refused]) +
                             number(of[Reach::not_there]) +
                             text::right(std::to_string(of[Reach::not_made]), 10);
    out += line + "  " + paint(style, tone_of(one), text::clean(answer(one), style.utf8)) + "\n";
  }
}

void ways_round(std::string& out, const Surface& surface, const Style& style) {
  std::map<std::pair<std::string, std::string>, Names> groups;
  for (const ReachedOtherwise& one : surface.otherwise)
    groups[{one.entry, one.native}].push_back(one.name + ":" + one.answer);
  for (const auto& [of, names] : groups)
    block(out,
          surface.profile + ": " + of.second + " natively, and reached by " + of.first + " (" +
              std::to_string(names.size()) + ")",
          Tone::bad, names, style);
}

// Calls by who lets them through; what all let through comes first.
void let_through(std::string& out, const SurfaceReport& report, const Style& style) {
  std::map<std::string, std::set<std::size_t>> who;
  for (std::size_t i = 0; i < report.surfaces.size(); ++i)
    for (const std::string& name : through(report.surfaces[i], report.not_there)) who[name].insert(i);
  std::map<std::set<std::size_t>, Names> groups;
  for (const auto& [name, profiles] : who) groups[profiles].push_back(name);
  std::vector<std::pair<std::set<std::size_t>, Names>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  for (const auto& [profiles, names] : sorted) {
    Names with, without;
    for (std::size_t i = 0; i < report.surfaces.size(); ++i)
      (profiles.contains(i) ? with : without).push_back(report.surfaces[i].profile);
    const std::string heading = "Let through by " + text::join(with, ", ") +
                                (without.empty() ? "" : ", not by " + text::join(without, ", ")) + " (" +
                                std::to_string(names.size()) + ")";
    block(out, heading, Tone::strong, names, style);
  }
}

nlohmann::ordered_json or_null(const std::string& answer) {
  return answer.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(answer);
}

nlohmann::ordered_json json_of(const Surface& surface, const Names& not_there) {
  using json = nlohmann::ordered_json;
  json calls = json::array(), otherwise = json::array();
  for (const SurfaceCall& call : surface.calls) {
    calls.push_back({{"call", call.name},
                     {"native", or_null(call.native)},
                     {"i386", or_null(call.i386)},
                     {"x32", or_null(call.x32)},
                     {"io_uring", or_null(call.io_uring)}});
    if (!call.never.empty()) calls.back()["never"] = call.never;
  }
  for (const ReachedOtherwise& one : surface.otherwise)
    otherwise.push_back(
        {{"call", one.name}, {"entry", one.entry}, {"native", one.native}, {"answer", one.answer}});
  std::map<Reach, unsigned> of = counts(surface, not_there);
  json out = {{"profile", surface.profile},        {"verdict", name(surface.verdict)},
              {"reason", surface.reason},          {"reached", of[Reach::reached]},
              {"refused", of[Reach::refused]},     {"not_there", of[Reach::not_there]},
              {"otherwise", std::move(otherwise)}, {"calls", std::move(calls)}};
  if (surface.absent) out["absent"] = true;
  return out;
}

}  // namespace

std::string to_table(const SurfaceReport& report, const Style& style) {
  std::string out;
  summary(out, report, style);
  for (const Surface& surface : report.surfaces) ways_round(out, surface, style);
  let_through(out, report, style);
  if (!report.changed.empty()) block(out, "Not as it was before", Tone::broken, report.changed, style);
  std::size_t most = 0;
  for (const Surface& surface : report.surfaces) most = std::max(most, surface.calls.size());
  out += "\n" + text::count(most, "call") +
         " by each entry of the kernel, with arguments that do nothing, in " +
         text::human(report.elapsed, style.utf8) + ".\n";
  return out;
}

std::string to_json_text(const SurfaceReport& report) {
  nlohmann::ordered_json profiles = nlohmann::ordered_json::array();
  for (const Surface& surface : report.surfaces) profiles.push_back(json_of(surface, report.not_there));
  const nlohmann::ordered_json out = {{"schema", 1},
                                      {"tool", {{"name", "escapement"}, {"version", ESCAPEMENT_VERSION}}},
                                      {"kernel", report.host.kernel},
                                      {"not_there", report.not_there},
                                      {"profiles", std::move(profiles)},
                                      {"host_changed", report.changed},
                                      {"elapsed_us", report.elapsed.count()}};
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace escapement
