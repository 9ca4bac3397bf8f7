#include "report_markdown.h"

#include <algorithm>

#include "report_targets.h"
#include "report_text.h"
#include "report_timing.h"
#include "report_view.h"

namespace escapement {
namespace {

/// Comments have no colour of their own, so the two that a reviewer looks for are pictures.
std::string_view picture(Mark kind) {
  switch (kind) {
    case Mark::held:
      return "✅";
    case Mark::breach:
      return "❌";
    case Mark::untested:
      return "❓";
    case Mark::broken:
      return "❗";
    case Mark::closed:
    case Mark::open:
      break;
  }
  return glyph(kind, true);
}

std::string_view headline_picture(const Conclusion& end) {
  switch (end.tone) {
    case Tone::good:
      return "✅ ";
    case Tone::bad:
      return "❌ ";
    case Tone::unknown:
      return "❓ ";
    case Tone::broken:
      return "❗ ";
    default:
      return "";
  }
}

/// GFM splits a row at every bar, those in code spans too, and then takes the backslash away again.
std::string in_table(const std::string& span) {
  std::string out;
  for (char c : span) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string matrix(const Report& report) {
  std::string head = "| probe |", rule = "| --- |", body;
  for (const std::string& heading : headings(report)) {
    head += ' ' + escape_markdown(heading) + " |";
    rule += " :-: |";
  }
  std::vector<Row> all = rows(report);
  for (const Row& row : all) {
    body += "| " + in_table(code_span(row.probe)) + " |";
    for (const Result* cell : row.cells) body += (cell ? ' ' + std::string(picture(mark(*cell))) : "") + " |";
    body += '\n';
  }
  return all.empty() ? "" : head + '\n' + rule + '\n' + body + '\n';
}

std::string legend(const Report& report) {
  std::vector<std::string> entries;
  for (Mark kind : {Mark::held, Mark::closed, Mark::open, Mark::untested, Mark::broken, Mark::breach})
    for (const Run& run : report.runs)
      if (std::any_of(run.results.begin(), run.results.end(),
                      [&](const Result& r) { return mark(r) == kind; })) {
        entries.push_back(std::string(picture(kind)) + ' ' + std::string(meaning(kind)));
        break;
      }
  return entries.empty() ? "" : text::join(entries, " · ") + "\n\n";
}

std::string line_of(const Finding& finding, const Report& report) {
  return "- " + std::string(picture(finding.mark)) + ' ' + code_span(finding.probe) + " (" +
         escape_markdown(finding.guarantee) + ") in " + escape_markdown(where(finding, report)) + ": " +
         escape_markdown(finding.reason) + '\n';
}

/// What must be looked at, in the open; what escaped where nothing was claimed, folded away.
std::string finding_list(const Report& report) {
  std::string grave, open;
  std::vector<Finding> all = findings(report);
  std::size_t folded = 0;
  for (const Finding& f : all)
    if (f.mark != Mark::open) grave = line_of(f, report) + grave;  // the gravest is the last
  for (const Finding& f : all)
    if (f.mark == Mark::open) open += line_of(f, report), ++folded;
  std::string out = grave.empty() ? "" : grave + '\n';
  if (folded)
    out += "<details><summary>Escaped where nothing was claimed (" + std::to_string(folded) +
           ")</summary>\n\n" + open + "\n</details>\n\n";
  return out;
}

std::string times(const Report& report) {
  Timing all = timing(report);
  std::string body;
  auto add = [&](const char* name, const std::optional<Distribution>& d) {
    if (!d) return;
    body += "| " + std::string(name) + " |";
    for (microseconds t : {d->p50, d->p90, d->p99}) body += ' ' + text::human(t) + " |";
    body += ' ' + std::to_string(d->samples) + " |\n";
  };
  add("launch", all.launch);
  add("probe", all.probe);
  add("teardown", all.teardown);
  if (body.empty()) return "";
  return "| time | p50 | p90 | p99 | sandboxes |\n| --- | --: | --: | --: | --: |\n" + body + '\n';
}

}  // namespace

std::string escape_markdown(std::string_view raw) {
  std::string out;
  for (char c : text::clean(raw)) {
    // "&lt;" and not "\<": some readers of step summaries look for HTML before they look for backslashes.
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_{}[]>|#~!$@").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string code_span(std::string_view raw) {
  std::string text = text::clean(raw);
  std::size_t longest = 0, run = 0;
  for (char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  std::string fence(longest + 1, '`'), space = longest || text.empty() ? " " : "";
  return fence + space + text + space + fence;
}

std::string to_markdown(const Report& report) {
  Conclusion end = conclusion(report);
  const Host& host = report.host;
  std::string verdict = end.verdict;
  if (!verdict.empty() && verdict[0] >= 'a' && verdict[0] <= 'z')
    verdict[0] = static_cast<char>(verdict[0] - 'a' + 'A');
  std::string out = "### " + std::string(headline_picture(end)) + escape_markdown(verdict) + "\n\n";
  out += escape_markdown(end.counts) + ". Linux " + escape_markdown(host.kernel) + ' ' +
         escape_markdown(host.machine) + ", cgroup " + escape_markdown(host.cgroup) + ", uid " +
         std::to_string(host.uid) + ", " + text::human(report.elapsed) + ".\n\n";
  out += matrix(report) + legend(report) + finding_list(report);
  if (has_targets(report)) out += target_markdown(report);
  for (const std::string& line : left_out(report)) out += "- " + escape_markdown(line) + '\n';
  if (!left_out(report).empty()) out += '\n';
  out += times(report);
  out.pop_back();
  return out;
}

}  // namespace escapement
