#include "report_targets.h"

#include "report_markdown.h"
#include "report_text.h"

#include <algorithm>
#include <map>

namespace escapement {
namespace {

constexpr const char* configurations =
    "What does not hold is a finding about a configuration, as it was told here, not about the program.";

std::string name_of(const Run& run) {
  return run.target + (run.target == "isolator" ? "" : ", " + run.profile);
}

std::string class_of(const std::string& layer) { return layer.substr(0, layer.find('.')); }

}  // namespace

Tally tally(const Run& run) {
  struct Seen {
    bool contained = false, escaped = false, broken = false;
  };
  std::map<std::string, Seen> seen;
  for (const Result& result : run.results) {
    Seen& one = seen[result.guarantee];
    one.contained |= result.verdict == Verdict::contained;
    one.escaped |= result.verdict == Verdict::escaped;
    one.broken |= result.verdict == Verdict::broken;
  }
  Tally out;
  for (const auto& [guarantee, one] : seen) {
    if (one.escaped)
      ++out.failed;
    else if (one.contained && !one.broken)
      ++out.held;
    else
      ++out.untested;
  }
  return out;
}

std::vector<std::string> folded_gaps(const Run& run) {
  std::vector<std::pair<std::string, std::vector<std::string>>> classes;
  for (const Gap& gap : run.gaps) {
    const std::string cls = class_of(gap.layer);
    auto at = std::find_if(classes.begin(), classes.end(), [&](const auto& one) { return one.first == cls; });
    if (at == classes.end()) at = classes.insert(at, {cls, {}});
    at->second.push_back(gap.layer);
  }
  std::vector<std::string> out;
  for (const auto& [cls, layers] : classes)
    out.push_back(layers.size() == 1 ? layers.front() : cls + " (" + std::to_string(layers.size()) + ")");
  return out;
}

std::vector<std::string> gap_lines(const Run& run) {
  std::vector<std::pair<std::string, std::string>> reasons;  // and the layers that it is for
  for (const Gap& gap : run.gaps) {
    auto at = std::find_if(reasons.begin(), reasons.end(),
                           [&](const auto& one) { return one.first == gap.reason; });
    if (at == reasons.end())
      reasons.emplace_back(gap.reason, gap.layer);
    else
      at->second += ", " + gap.layer;
  }
  std::vector<std::string> out;
  for (const auto& [reason, layers] : reasons) out.push_back(layers + ": " + reason);
  return out;
}

bool has_targets(const Report& report) {
  return std::any_of(report.runs.begin(), report.runs.end(),
                     [](const Run& run) { return !run.command.empty(); });
}

std::vector<std::string> target_lines(const Report& report, const Style& style) {
  unsigned label = 0;
  for (const Run& run : report.runs)
    label = std::max(label, text::width(text::clean(name_of(run), style.utf8)));
  std::vector<std::string> lines{paint(style, Tone::strong,
                                       text::left("  guarantees", label + 4) + text::right("hold", 6) +
                                           text::right("fail", 6) + text::right("untested", 10) + "  lacks")};
  for (const Run& run : report.runs) {
    const Tally counted = tally(run);
    const std::string lost = text::join(folded_gaps(run), ", ");
    std::string line = "  " + text::left(text::clean(name_of(run), style.utf8), label + 2) +
                       text::right(std::to_string(counted.held), 6) +
                       text::right(std::to_string(counted.failed), 6) +
                       text::right(std::to_string(counted.untested), 10) + (lost.empty() ? "" : "  " + lost);
    lines.push_back(style.terminal ? text::cut(line, style.width, style.utf8) : line);
  }
  std::vector<std::string> note{configurations};
  if (style.terminal) note = text::wrap(configurations, style.width > 4 ? style.width - 2 : 2);
  for (const std::string& part : note) lines.push_back("  " + paint(style, Tone::dim, part));
  return lines;
}

std::string target_markdown(const Report& report) {
  std::string out =
      "| target | told | guarantees that hold | that fail | not tested | lacks of the profile |\n"
      "| --- | --- | --: | --: | --: | --- |\n";
  for (const Run& run : report.runs) {
    const Tally counted = tally(run);
    const std::string named = run.version.empty() ? run.target : run.version;
    out += "| " + escape_markdown(named) + " | " + escape_markdown(run.profile) + " | " +
           std::to_string(counted.held) + " | " + std::to_string(counted.failed) + " | " +
           std::to_string(counted.untested) + " | " + escape_markdown(text::join(folded_gaps(run), ", ")) +
           " |\n";
  }
  return out + "\n" + configurations + " A layer that it lacks is one that it has no words for.\n\n";
}

}  // namespace escapement
