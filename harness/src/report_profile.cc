#include "report_profile.h"

#include <algorithm>

#include "report_targets.h"
#include "report_text.h"
#include "report_view.h"

namespace escapement {
namespace {

constexpr unsigned launch_columns = 8, probe_columns = 8,
                   teardown_columns = 9;  // "1.21 ms" and a blank at least
constexpr unsigned time_columns = launch_columns + probe_columns + teardown_columns;
constexpr unsigned least_reason = 26;  // with less room, the glyph alone tells the verdict

constexpr unsigned widest_padding = 60;  // in a file, one long reason must not push the times out of sight

struct Columns {
  unsigned probe = 0, verdict = 0, reason = 0;
};

Columns columns(const Run& run, const Style& style) {
  Columns c;
  unsigned longest = 0;
  for (const Result& r : run.results) {
    c.probe = std::max(c.probe, text::width(text::clean(r.probe, style.utf8)));
    c.verdict = std::max(c.verdict, text::width(name(r.verdict)));
    longest = std::max(longest, text::width(text::clean(r.reason, style.utf8)));
  }
  c.reason = std::min(longest, widest_padding);
  if (!style.terminal) return c;
  auto room = [&] {
    unsigned fixed = 4 + c.probe + 2 + (c.verdict ? c.verdict + 2 : 0) + time_columns;
    return style.width > fixed ? style.width - fixed : 1;
  };
  if (room() < std::min(longest, least_reason)) c.verdict = 0;
  c.reason = std::min(longest, room());
  return c;
}

std::string times(const Times& time, const Style& style) {
  auto column = [&](microseconds t, unsigned columns) {
    return text::right(t.count() > 0 ? text::human(t, style.utf8) : "-",
                       columns);  // "-": it did not take place
  };
  return column(time.launch, launch_columns) + column(time.probe, probe_columns) +
         column(time.teardown, teardown_columns);
}

std::string line_of(const Result& r, const Columns& c, const Style& style) {
  Mark kind = mark(r);
  std::string verdict = c.verdict ? text::left(name(r.verdict), c.verdict + 2) : "";
  std::string reason = text::clean(r.reason, style.utf8);
  if (style.terminal) reason = text::cut(reason, c.reason, style.utf8);
  return "  " + paint(style, tone(kind), std::string(glyph(kind, style.utf8))) + ' ' +
         text::left(text::clean(r.probe, style.utf8), c.probe + 2) + paint(style, tone(kind), verdict) +
         text::left(reason, c.reason) + paint(style, Tone::dim, times(r.time, style));
}

std::string control_line(const Control& control, const Style& style) {
  std::string line = "    control: " + std::string(name(control.verdict));
  if (!control.opening.empty()) line += " under " + text::join(control.opening, " ");
  if (!control.reason.empty()) line += ": " + control.reason;
  line = text::clean(line, style.utf8);
  if (style.terminal) line = text::cut(line, style.width, style.utf8);
  return paint(style, Tone::unknown, line);
}

void label(std::vector<std::string>& lines, const std::string& name, const std::string& words,
           const Style& style) {
  constexpr unsigned indent = 14;
  std::string clean = text::clean(words, style.utf8);
  std::vector<std::string> parts{clean};
  if (style.terminal) parts = text::wrap(clean, style.width > 2 * indent ? style.width - indent : indent);
  for (std::size_t i = 0; i < parts.size(); ++i)
    lines.push_back(paint(style, Tone::dim, text::left(i ? "" : "  " + name, indent)) + parts[i]);
}

std::string namespaces(const Run& run, std::string_view state) {
  std::vector<std::string> names;
  for (const auto& [ns, seen] : run.namespaces)
    if (seen == state) names.push_back(ns);
  return names.empty() ? "none" : text::join(names, ", ");
}

}  // namespace

std::vector<std::string> profile_lines(const Run& run, const Style& style) {
  std::vector<std::string> lines;
  std::string title = paint(style, Tone::strong, text::clean(run.profile, style.utf8));
  if (!run.summary.empty()) title += "  " + text::clean(run.summary, style.utf8);
  lines.push_back(title);
  label(lines, "target", run.target + (run.version.empty() ? "" : ": " + run.version), style);
  if (!run.command.empty()) label(lines, "command", run.command, style);
  label(lines, "layers", run.layers.empty() ? "none" : text::join(run.layers, ", "), style);
  for (const std::string& gap : gap_lines(run)) label(lines, "lacks", gap, style);
  if (!run.namespaces.empty())
    label(lines, "namespaces", "new: " + namespaces(run, "new") + "; shared: " + namespaces(run, "shared"),
          style);
  const auto fired = std::count_if(run.results.begin(), run.results.end(),
                                   [](const Result& r) { return r.control.verdict == Verdict::escaped; });
  label(lines, "controls",
        std::to_string(fired) + " of " + std::to_string(run.results.size()) +
            " escaped once their defence was taken away",
        style);
  lines.emplace_back();
  if (run.results.empty()) return lines;

  Columns c = columns(run, style);
  unsigned before = 4 + c.probe + 2 + (c.verdict ? c.verdict + 2 : 0) + c.reason;
  lines.push_back(std::string(before, ' ') +
                  paint(style, Tone::dim,
                        text::right("launch", launch_columns) + text::right("probe", probe_columns) +
                            text::right("teardown", teardown_columns)));
  std::vector<std::string> classes;
  for (const Result& r : run.results)
    if (std::find(classes.begin(), classes.end(), r.cls) == classes.end()) classes.push_back(r.cls);
  for (const std::string& cls : classes) {
    lines.push_back(paint(style, Tone::dim, text::clean(cls, style.utf8)));
    for (const Result& r : run.results) {
      if (r.cls != cls) continue;
      lines.push_back(line_of(r, c, style));
      if (r.control.verdict != Verdict::escaped) lines.push_back(control_line(r.control, style));
    }
  }
  return lines;
}

}  // namespace escapement
