#include "compare_cells.h"

#include <map>
#include <set>

namespace escapement {
namespace {

bool tested(Verdict verdict) { return verdict == Verdict::contained || verdict == Verdict::escaped; }

std::string claim(const Result& result) {
  return std::string(name(result.verdict)) + (result.claimed ? ", claimed" : ", not claimed");
}

/// Not for what has become worse.
bool better(const Result& base, const Result& now) {
  if (now.verdict == Verdict::contained)
    return base.verdict != Verdict::contained || (now.claimed && !base.claimed);
  return base.outcome == Outcome::error && now.outcome != Outcome::error;
}

Difference difference(const Run& run, const Result& base, const Result& now, bool of_claim) {
  return {run.target,
          run.profile,
          base.probe,
          "",
          of_claim ? claim(base) : std::string(name(base.verdict)),
          of_claim ? claim(now) : std::string(name(now.verdict)),
          now.reason};
}

void compare_cell(Comparison& out, const Run& run, const Result& base, const Result& now) {
  ++out.cells;
  const std::optional<Change> change = worse(base, now);
  const bool of_claim =
      change == Change::claim_lost || change == Change::fails || base.verdict == now.verdict;
  Difference at = difference(run, base, now, of_claim);
  if (base.verdict != now.verdict) out.verdicts.push_back(difference(run, base, now, false));
  if (change == Change::control_lost) at.reason = "the control: " + now.control.reason;
  if (change)
    out.worse.push_back({*change, std::move(at)});
  else if (better(base, now))
    out.better.push_back(std::move(at));
}

void add_cell(Comparison& out, const Run& run, const Result& now) {
  Difference at{run.target, run.profile, now.probe, "", "", claim(now), now.reason};
  if (now.outcome == Outcome::fail)
    out.worse.push_back({Change::fails, at});
  else if (now.outcome == Outcome::error)
    out.worse.push_back({Change::broken, at});
  else
    ++out.added;
}

}  // namespace

std::optional<Change> worse(const Result& base, const Result& now) {
  if (now.verdict == Verdict::broken && base.verdict != Verdict::broken) return Change::broken;
  if (now.verdict == Verdict::escaped && base.verdict == Verdict::contained) return Change::escaped;
  if (now.outcome == Outcome::fail && base.outcome != Outcome::fail) return Change::fails;
  if (now.control.verdict != Verdict::escaped && base.control.verdict == Verdict::escaped)
    return Change::control_lost;
  if (now.verdict == Verdict::not_testable && tested(base.verdict)) return Change::not_testable;
  if (base.claimed && !now.claimed) return Change::claim_lost;
  return std::nullopt;
}

void compare_cells(Comparison& out, const Run& base, const Run& now) {
  // Two results of one probe in one run are compared in their order.
  std::multimap<std::string, const Result*> after;
  for (const Result& result : now.results) after.emplace(result.probe, &result);
  for (const Result& result : base.results) {
    const auto same = after.find(result.probe);
    if (same == after.end()) {
      out.worse.push_back({Change::probe_lost,
                           {base.target, base.profile, result.probe, "", std::string(name(result.verdict)),
                            "", "the report has no such cell"}});
      continue;
    }
    compare_cell(out, base, result, *same->second);
    after.erase(same);
  }
  std::set<const Result*> left;
  for (const auto& [probe, result] : after) left.insert(result);
  for (const Result& result : now.results)
    if (left.contains(&result)) add_cell(out, now, result);
}

void add_cells(Comparison& out, const Run& now) {
  for (const Result& result : now.results) add_cell(out, now, result);
}

}  // namespace escapement
