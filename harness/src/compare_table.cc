#include <algorithm>

#include "compare_report.h"
#include "compare_view.h"
#include "report_text.h"

namespace escapement {
namespace {

constexpr unsigned widest = 118, widest_name = 40;
constexpr unsigned least_reason = 28;  // a shorter beginning of a reason tells nothing

/// One line: names, which are aligned over the lines of a section, and words on it that take what is left.
struct Line {
  std::vector<std::string> names;
  std::string words;
};

unsigned room(const Style& style) { return std::max(std::min(style.width, widest), 40U); }

std::string arrow(const Style& style) { return style.utf8 ? "→" : "->"; }

std::vector<unsigned> widths(const std::vector<Line>& lines, const Style& style) {
  std::vector<unsigned> out;
  for (const Line& line : lines) {
    out.resize(std::max(out.size(), line.names.size()));
    for (std::size_t i = 0; i < line.names.size(); ++i)
      out[i] = std::max(out[i], std::min(text::width(text::clean(line.names[i], style.utf8)), widest_name));
  }
  return out;
}

/// Words that do not fit beside the names stand below them; only a terminal cuts.
std::string drawn(const Line& line, const std::vector<unsigned>& columns, const Style& style) {
  std::string out;
  for (std::size_t i = 0; i < line.names.size(); ++i) {
    // A name may hold the arrow, which is clean already.
    std::string one = style.utf8 ? text::clean(line.names[i]) : text::clean(line.names[i], false);
    if (style.terminal) one = text::cut(one, widest_name, style.utf8);
    if (columns[i] != 0) out += "  " + text::left(one, columns[i]);
  }
  const std::string words = text::clean(line.words, style.utf8);
  const unsigned used = text::width(out) + 2, all = room(style);
  if (words.empty()) return out.substr(0, out.find_last_not_of(' ') + 1) + '\n';
  if (used + text::width(words) <= all) return out + "  " + paint(style, Tone::dim, words) + '\n';
  if (style.terminal && used + least_reason <= all)
    return out + "  " + paint(style, Tone::dim, text::cut(words, all - used, style.utf8)) + '\n';
  out = out.substr(0, out.find_last_not_of(' ') + 1) + '\n';
  if (style.terminal)
    return out + "      " + paint(style, Tone::dim, text::cut(words, all - 6, style.utf8)) + '\n';
  for (const std::string& part : text::wrap(words, all - 6)) out += "      " + part + '\n';
  return out;
}

void section(std::string& out, const std::string& heading, Tone tone, const std::vector<Line>& lines,
             const Style& style) {
  if (lines.empty()) return;
  out += '\n' + paint(style, tone, heading) + '\n';
  const std::vector<unsigned> columns = widths(lines, style);
  for (const Line& line : lines) out += drawn(line, columns, style);
}

Line line_of(const Comparison& comparison, const Difference& at, const std::string& words,
             const Style& style) {
  std::vector<std::string> names;
  for (const std::string& one : {place(comparison, at), at.probe, at.what, was_is(at, arrow(style))})
    if (!one.empty()) names.push_back(one);
  return {names, words};
}

std::string heading(std::string_view what, std::size_t count) {
  return std::string(what) + " (" + std::to_string(count) + ")";
}

void worse_sections(std::string& out, const Comparison& comparison, const Style& style) {
  for (const auto& [change, all] : by_change(comparison)) {
    std::vector<Line> lines;
    for (const Difference& at : all) lines.push_back(line_of(comparison, at, at.reason, style));
    section(out, heading(meaning(change), all.size()), Tone::bad, lines, style);
  }
}

void waiver_sections(std::string& out, const Comparison& comparison, const Style& style) {
  std::vector<Line> waived, expired, unused;
  for (const auto& [regression, waiver] : comparison.waived)
    waived.push_back(
        line_of(comparison, regression.at, "until " + text_of(waiver.expires) + ": " + waiver.reason, style));
  for (const Waiver& one : comparison.expired)
    expired.push_back({{one.place, summary(one)}, "on " + text_of(one.expires) + ": " + one.reason});
  for (const Waiver& one : comparison.unused)
    unused.push_back({{one.place, summary(one)}, "until " + text_of(one.expires) + ": " + one.reason});
  section(out, heading("Waivers that have expired", expired.size()), Tone::bad, expired, style);
  section(out, heading("Waived", waived.size()), Tone::warn, waived, style);
  section(out, heading("Waivers that nothing needs", unused.size()), Tone::dim, unused, style);
}

void better_section(std::string& out, const Comparison& comparison, const Style& style) {
  constexpr std::size_t most = 10;
  std::vector<Line> lines;
  for (const Difference& at : comparison.better) {
    if (lines.size() == most) break;
    lines.push_back(line_of(comparison, at, "", style));
  }
  const std::size_t rest = comparison.better.size() - lines.size();
  section(out, heading("Better", comparison.better.size()), Tone::good, lines, style);
  if (rest != 0) out += "  and " + std::to_string(rest) + " more, see --format json\n";
}

void kernel_sections(std::string& out, const Comparison& comparison, const Style& style) {
  std::vector<Line> verdicts, facts;
  for (const VerdictGroup& group : by_probe(comparison))
    verdicts.push_back({{group.probe, was_is({"", "", "", "", group.was, group.is, ""}, arrow(style))},
                        text::join(group.places, ", ")});
  for (const Difference& at : comparison.host) facts.push_back({{at.what, was_is(at, arrow(style))}, ""});
  if (kernels_differ(comparison))
    section(out, heading("Verdicts that differ between the kernels", verdicts.size()), Tone::strong, verdicts,
            style);
  section(out, heading("What differs between the machines", facts.size()), Tone::strong, facts, style);
}

void times_section(std::string& out, const Comparison& comparison, const Style& style) {
  const LaunchTimes& times = comparison.times;
  if (!times.no_floor.empty() && times.profiles.empty()) {
    out += "\nTimes are not compared: " + times.no_floor + ".\n";
    return;
  }
  const auto ratio = [&](const LaunchRatio& of) {
    return times_the_floor(of.was) + ' ' + arrow(style) + ' ' + times_the_floor(of.is);
  };
  std::vector<Line> lines;
  for (const ProfileTime& time : times.profiles)
    lines.push_back(
        {{place(comparison, {time.target, time.profile, "", "", "", "", ""}),
          text::human(time.was, style.utf8) + ' ' + arrow(style) + ' ' + text::human(time.is, style.utf8),
          ratio(time.p50), ratio(time.p99)},
         time.trend == Trend::not_judged ? "too few to judge" : ""});
  if (lines.empty()) return;
  lines.insert(lines.begin(), {{"", "p50", "p50 to the floor", "p99 to the floor"}, ""});
  section(out, "Launch, and as a ratio to the profile open in the same run", Tone::strong, lines, style);
}

}  // namespace

std::string to_table(const Comparison& comparison, const Style& style) {
  std::string out;
  for (const std::string& head : heads(comparison))
    for (const std::string& line : text::wrap(text::clean(head, style.utf8), room(style)))
      out += paint(style, Tone::dim, line) + '\n';
  worse_sections(out, comparison, style);
  waiver_sections(out, comparison, style);
  better_section(out, comparison, style);
  kernel_sections(out, comparison, style);
  times_section(out, comparison, style);
  out += '\n';
  std::string end = conclusion(comparison) + '.';
  if (end[0] >= 'a' && end[0] <= 'z') end[0] = static_cast<char>(end[0] - 'a' + 'A');
  for (const std::string& line : text::wrap(end, room(style)))
    out += paint(style, tone(comparison), line) + '\n';
  return out;
}

}  // namespace escapement
