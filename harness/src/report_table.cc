#include "report_table.h"

#include <algorithm>

#include "report_matrix.h"
#include "report_profile.h"
#include "report_targets.h"
#include "report_text.h"
#include "report_timing.h"
#include "report_view.h"

namespace escapement {
namespace {

using Lines = std::vector<std::string>;

constexpr unsigned widest_padding =
    60;  // in a file, one long reason must not push the next column out of sight

std::string fitted(const std::string& line, const Style& style) {
  std::string clean = text::clean(line, style.utf8);
  return style.terminal ? text::cut(clean, style.width, style.utf8) : clean;
}

std::string host_line(const Report& report) {
  const Host& host = report.host;
  bool one_target = !report.runs.empty() && !several_targets(report);
  return (one_target ? report.runs[0].target + " on " : "") + "Linux " + host.kernel + ' ' + host.machine +
         ", uid " + std::to_string(host.uid) + ", cgroup " + host.cgroup +
         (host.lsm.empty() ? "" : ", LSM " + text::join(host.lsm, " "));
}

/// Only the glyphs that occur, as many on a line as fit.
Lines legend(const Report& report, const Style& style) {
  Lines lines;
  unsigned used = 0;
  for (Mark kind : {Mark::held, Mark::closed, Mark::open, Mark::untested, Mark::broken, Mark::breach}) {
    bool occurs = std::any_of(report.runs.begin(), report.runs.end(), [&](const Run& run) {
      return std::any_of(run.results.begin(), run.results.end(),
                         [&](const Result& r) { return mark(r) == kind; });
    });
    if (!occurs) continue;
    unsigned needed = 2 + text::width(meaning(kind)) + 3;
    std::string entry = paint(style, tone(kind), std::string(glyph(kind, style.utf8))) + ' ' +
                        paint(style, Tone::dim, std::string(meaning(kind)));
    if (lines.empty() || 2 + used + needed - 3 > style.width) {
      lines.push_back("  " + entry);
      used = needed;
    } else {
      lines.back() += "   " + entry;
      used += needed;
    }
  }
  return lines;
}

Lines finding_lines(const Report& report, const Style& style) {
  std::vector<Finding> all = findings(report);
  unsigned label = 0, longest = 0, places = 0;
  for (const Finding& f : all) label = std::max(label, text::width(text::clean(f.probe, style.utf8)));
  unsigned room = style.width > label + 6 ? style.width - label - 6 : 1;
  auto place = [&](const Finding& f) {
    std::string names = text::clean(where(f, report), style.utf8);
    // The matrix shows which ones; the reason is worth more of the line.
    bool fold = style.terminal && f.runs.size() > 1 &&
                text::width(names) + 2 + std::min(longest, room * 7 / 10) > room;
    return fold ? text::count(f.runs.size(), "profile") : names;
  };
  for (const Finding& f : all) longest = std::max(longest, text::width(text::clean(f.reason, style.utf8)));
  for (const Finding& f : all) places = std::max(places, text::width(place(f)));
  unsigned column =
      std::min(longest, style.terminal ? (room > places + 2 ? room - places - 2 : 1) : widest_padding);
  Lines lines;
  for (const Finding& f : all) {
    std::string probe = text::left(text::clean(f.probe, style.utf8), label + 2);
    std::string reason = text::clean(f.reason, style.utf8);
    if (style.terminal) reason = text::cut(reason, column, style.utf8);
    bool grave = f.mark == Mark::breach || f.mark == Mark::broken;
    lines.push_back("  " + paint(style, tone(f.mark), std::string(glyph(f.mark, style.utf8))) + ' ' +
                    paint(style, grave ? tone(f.mark) : Tone::plain, probe) + text::left(reason, column) +
                    "  " + paint(style, grave ? Tone::plain : Tone::dim, place(f)));
  }
  return lines;
}

Lines foot(const Report& report, const Style& style) {
  Timing times = timing(report);
  if (!times.launch && !times.probe && !times.teardown) return {};
  std::size_t sandboxes = 0;
  for (const auto& d : {times.launch, times.probe, times.teardown})
    if (d) sandboxes = std::max(sandboxes, d->samples);
  unsigned label = 26;
  std::string title = text::count(sandboxes, "sandbox");
  if (sandboxes != 1) title = std::to_string(sandboxes) + " sandboxes";
  title += " in " + text::human(report.elapsed, style.utf8);
  Lines lines{title};
  lines[0] =
      text::left(title, label) +
      paint(style, Tone::dim, text::right("p50", 10) + text::right("p90", 10) + text::right("p99", 10));
  auto row = [&](const std::string& name, const std::optional<Distribution>& d) {
    if (!d) return;
    std::string line = text::left("  " + name, label);
    for (microseconds t : {d->p50, d->p90, d->p99}) line += text::right(text::human(t, style.utf8), 10);
    lines.push_back(line);
  };
  row("launch", times.launch);
  row("probe", times.probe);
  row("teardown", times.teardown);
  if (!times.steps_p50.empty()) {
    Lines slowest;
    for (const auto& [step, time] : times.steps_p50) {
      if (slowest.size() == 4) break;
      slowest.push_back(step + ' ' + text::human(time, style.utf8));
    }
    lines.push_back(fitted("  slowest steps of a launch, p50: " + text::join(slowest, ", "), style));
  }
  return lines;
}

/// Never cut: it is what most readers look for.
Lines conclusion_lines(const Report& report, const Style& style) {
  Conclusion end = conclusion(report);
  std::string verdict = text::clean(end.verdict, style.utf8);
  std::string whole = end.counts + "; " + verdict + '.';
  bool one_line = !style.terminal || text::width(whole) <= style.width;
  // A claim that does not hold gets a line of its own.
  if (end.tone != Tone::bad && one_line) return {end.counts + "; " + paint(style, end.tone, verdict + '.')};
  unsigned room = style.terminal ? style.width : ~0u;
  Lines lines = text::wrap(end.counts + '.', room);
  for (const std::string& line : text::wrap(verdict + '.', room))
    lines.push_back(paint(style, end.tone, line));
  return lines;
}

}  // namespace

std::string to_table(const Report& report, const Style& style) {
  Lines lines{paint(style, Tone::dim, fitted(host_line(report), style)), ""};
  auto section = [&](const Lines& part) {
    if (part.empty()) return;
    lines.insert(lines.end(), part.begin(), part.end());
    lines.emplace_back();
  };
  if (report.runs.size() == 1) {
    section(profile_lines(report.runs[0], style));
    section(legend(report, style));
  } else {
    section(matrix(rows(report), headings(report), style));
    section(legend(report, style));
    section(finding_lines(report, style));
    if (has_targets(report)) section(target_lines(report, style));
  }
  section(foot(report, style));
  Lines absent;
  for (const std::string& line : left_out(report)) absent.push_back(fitted(line, style));
  section(absent);
  section(conclusion_lines(report, style));
  lines.pop_back();
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

}  // namespace escapement
