#include "compare_view.h"

#include <algorithm>

#include "report_text.h"

namespace escapement {
namespace {

std::string machine(const Host& host) {
  return "Linux " + host.kernel + ' ' + host.machine + ", uid " + std::to_string(host.uid);
}

}  // namespace

std::string conclusion(const Comparison& comparison) {
  std::vector<std::string> parts;
  if (const std::size_t n = comparison.worse.size()) {
    std::vector<std::string> kinds;
    for (const auto& [change, all] : by_change(comparison))
      kinds.push_back(std::to_string(all.size()) + ' ' + std::string(name(change)));
    parts.push_back(text::count(n, "change") + (n == 1 ? " is" : " are") +
                    " worse: " + text::join(kinds, ", "));
  } else {
    parts.emplace_back("nothing is worse");
  }
  if (!comparison.waived.empty()) parts.push_back(std::to_string(comparison.waived.size()) + " waived");
  if (const std::size_t n = comparison.expired.size())
    parts.push_back(text::count(n, "waiver") + (n == 1 ? " has" : " have") + " expired");
  return text::join(parts, "; ");
}

Tone tone(const Comparison& comparison) { return exit_code(comparison) == 0 ? Tone::good : Tone::bad; }

std::vector<std::string> heads(const Comparison& comparison) {
  const std::string before = machine(comparison.base), after = machine(comparison.now);
  std::string cells = text::count(comparison.cells, "cell") + " compared";
  if (comparison.added != 0) cells += ", " + std::to_string(comparison.added) + " new";
  std::vector<std::string> out{cells + '.'};
  if (before == after)
    out.push_back(after + ", both times.");
  else
    out.push_back("Before: " + before + ". Now: " + after + '.' +
                  (kernels_differ(comparison) ? " The kernels differ." : ""));
  if (!comparison.not_compared.empty())
    out.push_back("Settings of the kernel are not compared: " + comparison.not_compared + '.');
  return out;
}

std::string place(const Comparison& comparison, const Difference& at) {
  return comparison.several_targets && !at.target.empty() ? at.target + "/" + at.profile : at.profile;
}

std::string was_is(const Difference& at, const std::string& arrow) {
  if (at.was.empty() && at.is.empty()) return "";
  return (at.was.empty() ? "none" : at.was) + ' ' + arrow + ' ' + (at.is.empty() ? "gone" : at.is);
}

std::vector<std::pair<Change, std::vector<Difference>>> by_change(const Comparison& comparison) {
  std::vector<std::pair<Change, std::vector<Difference>>> out;
  for (const Regression& one : comparison.worse) {
    if (out.empty() || out.back().first != one.change) out.push_back({one.change, {}});
    out.back().second.push_back(one.at);
  }
  return out;
}

std::vector<VerdictGroup> by_probe(const Comparison& comparison) {
  std::vector<VerdictGroup> out;
  for (const Difference& at : comparison.verdicts) {
    auto same = std::find_if(out.begin(), out.end(), [&](const VerdictGroup& group) {
      return group.probe == at.probe && group.was == at.was && group.is == at.is;
    });
    if (same == out.end()) same = out.insert(same, {at.probe, at.was, at.is, {}});
    same->places.push_back(place(comparison, at));
  }
  return out;
}

}  // namespace escapement
