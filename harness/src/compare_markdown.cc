#include "compare_report.h"
#include "compare_view.h"
#include "report_markdown.h"
#include "report_text.h"

namespace escapement {
namespace {

constexpr const char* arrow = "→";

/// What the regression is of: the probe, the layer, the setting, or all of the profile.
std::string subject(const Difference& at) { return at.probe.empty() ? at.what : at.probe; }

std::string row(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& cell : cells) out += ' ' + escape_markdown(cell) + " |";
  return out + '\n';
}

std::string rule(std::size_t columns) {
  std::string out = "|";
  while (columns-- != 0) out += " --- |";
  return out + '\n';
}

std::string table(const std::vector<std::string>& heads, const std::string& body) {
  return body.empty() ? "" : row(heads) + rule(heads.size()) + body + '\n';
}

std::string folded(const std::string& title, std::size_t count, const std::string& body) {
  if (body.empty()) return "";
  return "<details><summary>" + title + " (" + std::to_string(count) + ")</summary>\n\n" + body +
         "</details>\n\n";
}

std::string worse_table(const Comparison& comparison) {
  std::string body;
  for (const auto& [change, at] : comparison.worse)
    body +=
        row({std::string(name(change)), place(comparison, at), subject(at), was_is(at, arrow), at.reason});
  return table({"worse", "profile", "of", "was → is", "reason"}, body);
}

std::string waiver_lines(const Comparison& comparison) {
  std::string out;
  const auto line = [&](const char* what, const Waiver& one, const char* when) {
    out += "- " + std::string(what) + ' ' + escape_markdown(summary(one)) + ", " + when + ' ' +
           text_of(one.expires) + " (" + escape_markdown(one.place) + "): " + escape_markdown(one.reason) +
           '\n';
  };
  for (const Waiver& one : comparison.expired) line("❌ A waiver has expired:", one, "on");
  for (const auto& [regression, waiver] : comparison.waived) {
    const Difference& at = regression.at;
    std::vector<std::string> names;
    for (const std::string& one : {place(comparison, at), subject(at), was_is(at, arrow)})
      if (!one.empty()) names.push_back(one);
    out += "- Waived: " + std::string(name(regression.change)) + ": " +
           escape_markdown(text::join(names, ", ")) + ", until " + text_of(waiver.expires) + ": " +
           escape_markdown(waiver.reason) + '\n';
  }
  for (const Waiver& one : comparison.unused) line("A waiver that nothing needs:", one, "until");
  return out.empty() ? "" : out + '\n';
}

std::string better_table(const Comparison& comparison) {
  std::string body;
  for (const Difference& at : comparison.better)
    body += row({place(comparison, at), subject(at), was_is(at, arrow)});
  return table({"profile", "of", "was → is"}, body);
}

std::string kernels(const Comparison& comparison) {
  std::string verdicts, facts;
  const std::vector<VerdictGroup> groups = by_probe(comparison);
  for (const VerdictGroup& group : groups)
    verdicts += row({group.probe, group.was + " → " + group.is, text::join(group.places, ", ")});
  for (const Difference& at : comparison.host) facts += row({at.what, was_is(at, arrow)});
  std::string out;
  if (kernels_differ(comparison))
    out += folded("Verdicts that differ between the kernels", groups.size(),
                  table({"probe", "was → is", "profiles"}, verdicts));
  return out + folded("What differs between the machines", comparison.host.size(),
                      table({"what", "was → is"}, facts));
}

std::string times(const Comparison& comparison) {
  const LaunchTimes& all = comparison.times;
  if (!all.no_floor.empty() && all.profiles.empty())
    return "Times are not compared: " + escape_markdown(all.no_floor) + ".\n\n";
  std::string body;
  const auto ratio = [](const LaunchRatio& of) {
    return times_the_floor(of.was) + " → " + times_the_floor(of.is);
  };
  for (const ProfileTime& time : all.profiles)
    body += row({place(comparison, {time.target, time.profile, "", "", "", "", ""}),
                 text::human(time.was) + " → " + text::human(time.is), ratio(time.p50), ratio(time.p99)});
  return folded("Launch, and as a ratio to the profile open in the same run", all.profiles.size(),
                table({"profile", "p50", "p50 to the floor", "p99 to the floor"}, body));
}

}  // namespace

std::string to_markdown(const Comparison& comparison) {
  std::string end = conclusion(comparison);
  if (end[0] >= 'a' && end[0] <= 'z') end[0] = static_cast<char>(end[0] - 'a' + 'A');
  std::string out =
      "### " + std::string(exit_code(comparison) == 0 ? "✅ " : "❌ ") + escape_markdown(end) + "\n\n";
  std::vector<std::string> lines;
  for (const std::string& head : heads(comparison)) lines.push_back(escape_markdown(head));
  out += text::join(lines, " ") + "\n\n";
  out += worse_table(comparison) + waiver_lines(comparison);
  out += folded("Better", comparison.better.size(), better_table(comparison));
  out += kernels(comparison) + times(comparison);
  out.pop_back();
  return out;
}

}  // namespace escapement
