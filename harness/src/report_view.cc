#include "report_view.h"

#include <algorithm>
#include <array>
#include <set>

#include "report_text.h"

namespace escapement {
namespace {

struct Look {
  std::string_view utf8, ascii, meaning;
  Tone tone;
};

// A check or a cross where a claim was made, kept or not; a dot or a ring, closed or open, where none was.
// Told apart by shape, colour only helps.
const Look& look(Mark mark) {
  static constexpr std::array<Look, 6> looks{{
      {"✓", "+", "contained, as claimed", Tone::good},
      {"•", ".", "contained, not claimed", Tone::dim},
      {"○", "o", "escaped, not claimed", Tone::warn},
      {"?", "?", "not testable", Tone::unknown},
      {"!", "!", "broken", Tone::broken},
      {"✗", "X", "escaped although claimed", Tone::bad},
  }};
  return looks[static_cast<std::size_t>(mark)];
}

struct Claim {
  std::string heading, guarantee;
  std::vector<std::string> probes;
};

std::vector<Claim> failed_claims(const Report& report) {
  std::vector<Claim> claims;
  std::vector<std::string> names = headings(report);
  for (std::size_t i = 0; i < report.runs.size(); ++i)
    for (const Result& result : report.runs[i].results) {
      if (mark(result) != Mark::breach) continue;
      auto same = [&](const Claim& c) { return c.heading == names[i] && c.guarantee == result.guarantee; };
      auto at = std::find_if(claims.begin(), claims.end(), same);
      if (at == claims.end()) at = claims.insert(at, Claim{names[i], result.guarantee, {}});
      at->probes.push_back(result.probe);
    }
  return claims;
}

std::string name_them(const std::vector<Claim>& claims) {
  constexpr std::size_t most = 3;  // the rest stands in the list of findings
  std::vector<std::string> parts;
  for (const Claim& claim : claims) {
    if (parts.size() == most) break;
    parts.push_back(claim.heading + ": " + claim.guarantee + " (" + text::join(claim.probes, ", ") + ")");
  }
  std::string rest = claims.size() > most ? "; and " + std::to_string(claims.size() - most) + " more" : "";
  return text::count(claims.size(), "claim") + (claims.size() == 1 ? " does" : " do") +
         " not hold: " + text::join(parts, "; ") + rest;
}

}  // namespace

Mark mark(const Result& result) {
  if (result.outcome == Outcome::fail) return Mark::breach;
  switch (result.verdict) {
    case Verdict::contained:
      return result.claimed ? Mark::held : Mark::closed;
    case Verdict::escaped:
      return Mark::open;
    case Verdict::not_testable:
      return Mark::untested;
    case Verdict::broken:
      break;
  }
  return Mark::broken;
}

std::string_view glyph(Mark mark, bool utf8) { return utf8 ? look(mark).utf8 : look(mark).ascii; }
std::string_view meaning(Mark mark) { return look(mark).meaning; }
Tone tone(Mark mark) { return look(mark).tone; }
bool green(Mark mark) { return mark == Mark::held || mark == Mark::closed; }

std::vector<Row> rows(const Report& report) {
  std::vector<std::string> classes;
  std::vector<Row> rows;
  for (std::size_t i = 0; i < report.runs.size(); ++i)
    for (const Result& result : report.runs[i].results) {
      // A second result of one probe in one run gets a row of its own: none may hide another.
      auto free = [&](const Row& row) {
        return row.probe == result.probe && row.cls == result.cls && !row.cells[i];
      };
      auto at = std::find_if(rows.begin(), rows.end(), free);
      if (at == rows.end())
        at = rows.insert(at, Row{result.cls, result.probe, std::vector<const Result*>(report.runs.size())});
      at->cells[i] = &result;
      if (std::find(classes.begin(), classes.end(), result.cls) == classes.end())
        classes.push_back(result.cls);
    }
  auto place = [&](const Row& row) { return std::find(classes.begin(), classes.end(), row.cls); };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return place(a) < place(b); });
  return rows;
}

bool several_targets(const Report& report) {
  std::set<std::string> targets;
  for (const Run& run : report.runs) targets.insert(run.target);
  return targets.size() > 1;
}

std::vector<std::string> headings(const Report& report) {
  bool several = several_targets(report);
  std::vector<std::string> out;
  for (const Run& run : report.runs) out.push_back(several ? run.target + "/" + run.profile : run.profile);
  return out;
}

std::vector<Finding> findings(const Report& report) {
  std::vector<Finding> found;
  for (const Row& row : rows(report))
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const Result* cell = row.cells[i];
      if (!cell || green(mark(*cell))) continue;
      Finding next{mark(*cell), cell->probe, cell->guarantee, cell->reason, {i}};
      auto same = [&](const Finding& f) {
        return f.mark == next.mark && f.probe == next.probe && f.reason == next.reason;
      };
      auto at = std::find_if(found.begin(), found.end(), same);
      if (at == found.end())
        found.push_back(std::move(next));
      else
        at->runs.push_back(i);
    }
  std::stable_sort(found.begin(), found.end(),
                   [](const Finding& a, const Finding& b) { return a.mark < b.mark; });
  return found;
}

std::string where(const Finding& finding, const Report& report) {
  const std::vector<std::size_t>& runs = finding.runs;
  if (report.runs.size() > 2 && runs.size() == report.runs.size()) return "everywhere";
  std::vector<std::string> names = headings(report), parts;
  for (std::size_t i = 0; i < runs.size();) {
    std::size_t last = i;
    while (last + 1 < runs.size() && runs[last + 1] == runs[last] + 1) ++last;
    if (last < i + 2) last = i;
    parts.push_back(last == i ? names[runs[i]] : names[runs[i]] + " to " + names[runs[last]]);
    i = last + 1;
  }
  return text::join(parts, ", ");
}

Conclusion conclusion(const Report& report) {
  std::array<std::size_t, 6> cells{};
  std::size_t total = 0, claimed = 0;
  for (const Run& run : report.runs)
    for (const Result& result : run.results) {
      ++cells[static_cast<std::size_t>(mark(result))];
      ++total;
      if (result.claimed) ++claimed;
    }
  auto number = [&](Mark mark) { return cells[static_cast<std::size_t>(mark)]; };
  std::size_t contained = number(Mark::held) + number(Mark::closed);
  std::vector<std::string> parts;
  auto part = [&](std::size_t n, std::string_view what) {
    if (n) parts.push_back(std::to_string(n) + ' ' + std::string(what));
  };
  part(contained, "contained");
  part(number(Mark::open), "escaped where nothing was claimed");
  part(number(Mark::breach), "escaped although claimed");
  part(number(Mark::untested), "not testable");
  part(number(Mark::broken), "broken");
  std::string counts = text::count(total, "cell") + (parts.empty() ? "" : ": ") + text::join(parts, ", ");
  if (number(Mark::breach)) return {counts, name_them(failed_claims(report)), Tone::bad};
  if (!report.changed.empty()) return {counts, "the host is not as it was before", Tone::broken};
  if (total == 0) return {counts, "nothing was tested", Tone::broken};
  if (number(Mark::broken))
    return {counts, "no claim was seen to fail, but a broken cell answers nothing", Tone::broken};
  if (claimed == 0) return {counts, "no claim was made", Tone::plain};
  if (number(Mark::untested)) return {counts, "every claim that could be tested held", Tone::unknown};
  return {counts, "every claim held", Tone::good};
}

std::vector<std::string> left_out(const Report& report) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_reason;
  for (const LeftOut& one : report.left_out) {
    auto same = [&](const auto& entry) { return entry.first == one.reason; };
    auto at = std::find_if(by_reason.begin(), by_reason.end(), same);
    if (at == by_reason.end()) at = by_reason.insert(at, {one.reason, {}});
    at->second.push_back(one.profile);
  }
  std::vector<std::string> lines;
  for (const auto& [reason, profiles] : by_reason)
    lines.push_back("left out: " + text::join(profiles, ", ") + " (" + reason + ")");
  for (const std::string& change : report.changed) lines.push_back("the host was changed: " + change);
  return lines;
}

}  // namespace escapement
