#include "inside_report.h"

#include "../src/report_text.h"

#include <algorithm>
#include <map>

namespace escapement::unwitnessed {
namespace {

std::vector<const Answer*> those(const InsideReport& report, Claim claim) {
  std::vector<const Answer*> out;
  for (const Answer& each : report.answers)
    if (each.word.claim == claim) out.push_back(&each);
  return out;
}

std::string_view name(Kind kind) {
  return kind == Kind::container           ? "container"
         : kind == Kind::user_space_kernel ? "user-space kernel"
                                           : "virtual machine";
}

// A label and what belongs to it: wrapped to the window of a terminal.
void add(std::string& out, const Style& style, const std::string& label, unsigned indent,
         const std::string& what, Tone tone = Tone::plain) {
  const unsigned columns = style.terminal && style.width > indent + 20 ? style.width - indent : 1000;
  std::string head = text::left(label, indent);
  for (const std::string& line : text::wrap(text::clean(what, style.utf8), columns)) {
    out += paint(style, tone, head) + line + "\n";
    head = std::string(indent, ' ');
  }
}

void draw_boundary(std::string& out, const InsideReport& report, const Style& style) {
  const Boundary& b = report.boundary;
  add(out, style, "boundary", 12, b.kind + (b.name.empty() ? "" : ", " + b.name) + ": " + b.text,
      Tone::strong);
  unsigned width = 0;
  for (const Sign& sign : b.signs) width = std::max(width, unsigned(sign.where.size()));
  for (const Kind kind : {Kind::container, Kind::user_space_kernel, Kind::virtual_machine})
    for (bool first = true; const Sign& sign : b.signs) {
      if (sign.of != kind) continue;
      if (first) out += paint(style, Tone::dim, "  speaks for a " + std::string(name(kind))) + "\n";
      add(out, style, "    " + text::left(sign.where, width), 6 + width,
          sign.says + (sign.weak ? " (weak)" : ""));
      first = false;
    }
}

void draw_comparison(std::string& out, const InsideReport& report, const Style& style) {
  out += "\n";
  if (report.comparison.empty()) {
    add(out, style, "host", 12,
        "not compared: --host FILE, written outside by escapement inside --host-values", Tone::strong);
    return;
  }
  out += paint(style, Tone::strong, "host") + "\n";
  for (const Likeness& each : report.comparison)
    add(out, style, "  " + each.what, 14, each.text,
        each.standing == Standing::shared ? Tone::warn : Tone::plain);
}

void draw_reasons(std::string& out, const std::vector<const Answer*>& answers, const Style& style,
                  const std::string& head, Tone tone) {
  if (answers.empty()) return;
  out += "\n" + paint(style, tone, head) + "\n";
  unsigned width = 0;
  for (const Answer* each : answers) width = std::max(width, unsigned(each->probe.id.size()));
  std::string cls;
  for (const Answer* each : answers) {
    if (each->probe.cls != cls) out += paint(style, Tone::dim, "  " + each->probe.cls) + "\n";
    cls = each->probe.cls;
    std::string line =
        "    " + text::left(each->probe.id, width) + "  " + text::clean(each->word.reason, style.utf8);
    if (style.terminal) line = text::cut(line, style.width, style.utf8);
    out += line + "\n";
  }
}

void draw_names(std::string& out, const std::map<std::string, std::vector<std::string>>& groups,
                const Style& style, const std::string& head, Tone tone) {
  if (groups.empty()) return;
  out += "\n" + paint(style, tone, head) + "\n";
  for (const auto& [group, ids] : groups) {
    out += paint(style, Tone::dim, "  " + group + " (" + std::to_string(ids.size()) + ")") + "\n";
    const unsigned columns = style.width > 40 ? style.width - 4 : 96;
    for (const std::string& line : text::wrap(text::join(ids, " "), columns)) out += "    " + line + "\n";
  }
}

nlohmann::json json_of(const Boundary& boundary) {
  nlohmann::json signs = nlohmann::json::array();
  for (const Sign& sign : boundary.signs)
    signs.push_back({{"of", name(sign.of)}, {"where", sign.where}, {"says", sign.says}, {"weak", sign.weak}});
  return {{"kind", boundary.kind}, {"name", boundary.name}, {"text", boundary.text}, {"signs", signs}};
}

}  // namespace

int exit_code(const InsideReport& report) {
  if (!those(report, Claim::reached).empty()) return 1;
  return those(report, Claim::refused).empty() ? 3 : 0;
}

std::string to_table(const InsideReport& report, const Style& style) {
  const auto reached = those(report, Claim::reached), refused = those(report, Claim::refused),
             undecided = those(report, Claim::undecided);
  std::string out =
      paint(style, Tone::strong, "From inside, Linux " + text::clean(report.release, style.utf8)) +
      ": what probes say of themselves. No witness looked from outside and no control was run,\n"
      "so none of it is a verdict: \"refused\" is not \"contained\". escapement run, on the host, gives "
      "verdicts.\n\n";
  draw_boundary(out, report, style);
  draw_comparison(out, report, style);
  draw_reasons(out, reached, style, "reached", Tone::bad);
  std::map<std::string, std::vector<std::string>> by_class, by_reason;
  for (const Answer* each : refused) by_class[each->probe.cls].push_back(each->probe.id);
  for (const LeftOut& each : report.left_out) by_reason[each.reason].push_back(each.probe.id);
  draw_names(out, by_class, style, "refused", Tone::good);
  draw_reasons(out, undecided, style, "undecided", Tone::unknown);
  draw_names(out, by_reason, style, "not tried", Tone::unknown);
  out += "\n" + text::count(report.answers.size(), "attack") + ": " + std::to_string(reached.size()) +
         " reached, " + std::to_string(refused.size()) + " refused, " + std::to_string(undecided.size()) +
         " undecided; " + std::to_string(report.left_out.size()) + " not tried. Unwitnessed.\n";
  return out;
}

std::string to_json_text(const InsideReport& report) {
  nlohmann::json results = nlohmann::json::array(), left_out = nlohmann::json::array(),
                 host = nlohmann::json::array();
  std::map<std::string, std::size_t> summary{
      {"reached", 0}, {"refused", 0}, {"undecided", 0}, {"left_out", report.left_out.size()}};
  for (const Answer& each : report.answers) {
    nlohmann::json steps = nlohmann::json::array();
    for (const Step& step : each.steps) {
      steps.push_back({{"call", step.call}, {"result", step.result}});
      if (!step.attempt.empty()) steps.back()["attempt"] = step.attempt;
    }
    ++summary[std::string(unwitnessed::name(each.word.claim))];
    results.push_back({{"probe", each.probe.id},
                       {"class", each.probe.cls},
                       {"guarantee", each.probe.guarantee},
                       {"claim", unwitnessed::name(each.word.claim)},
                       {"reason", each.word.reason},
                       {"steps", steps}});
  }
  for (const LeftOut& each : report.left_out)
    left_out.push_back({{"probe", each.probe.id}, {"reason", each.reason}});
  for (const Likeness& each : report.comparison)
    host.push_back(
        {{"what", each.what}, {"standing", unwitnessed::name(each.standing)}, {"text", each.text}});
  const nlohmann::json out = {{"schema", 1},
                              {"tool", {{"name", "escapement inside"}, {"version", ESCAPEMENT_VERSION}}},
                              {"witnessed", false},
                              {"kernel", report.release},
                              {"boundary", json_of(report.boundary)},
                              {"host", report.comparison.empty() ? nlohmann::json() : host},
                              {"results", results},
                              {"left_out", left_out},
                              {"summary", summary}};
  // What a sandboxed program told need not be UTF-8.
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace escapement::unwitnessed
