#include "report.h"

namespace escapement {

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::contained:
      return "contained";
    case Verdict::escaped:
      return "escaped";
    case Verdict::not_testable:
      return "not-testable";
    case Verdict::broken:
      return "broken";
  }
  return "broken";
}

std::string_view name(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass:
      return "pass";
    case Outcome::fail:
      return "fail";
    case Outcome::skip:
      return "skip";
    case Outcome::error:
      return "error";
  }
  return "error";
}

Outcome outcome_of(Verdict verdict, bool claimed) {
  switch (verdict) {
    case Verdict::contained:
      return Outcome::pass;
    case Verdict::escaped:
      return claimed ? Outcome::fail : Outcome::pass;
    case Verdict::not_testable:
      return Outcome::skip;
    case Verdict::broken:
      return Outcome::error;
  }
  return Outcome::error;
}

Summary summarize(const Report& report) {
  Summary sum;
  for (const Run& run : report.runs)
    for (const Result& result : run.results) switch (result.outcome) {
        case Outcome::pass:
          ++sum.pass;
          break;
        case Outcome::fail:
          ++sum.fail;
          break;
        case Outcome::skip:
          ++sum.not_testable;
          break;
        case Outcome::error:
          ++sum.broken;
          break;
      }
  return sum;
}

int exit_code(const Report& report, MustTest must) {
  Summary sum = summarize(report);
  if (sum.fail) return 1;
  if (sum.broken || !report.changed.empty()) return 3;
  // A run that tested nothing has shown nothing, and must not look like one where everything held.
  if (sum.pass + sum.not_testable == 0) return 3;
  if (must == MustTest::nothing) return 0;
  for (const Run& run : report.runs)
    for (const Result& result : run.results)
      if (result.outcome == Outcome::skip && (must == MustTest::all || !result.absent)) return 3;
  return report.left_out.empty() ? 0 : 3;
}

}  // namespace escapement
