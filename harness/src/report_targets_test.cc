#include "report_targets.h"

#include <gmock/gmock.h>

#include "report_json.h"
#include "report_markdown.h"
#include "report_sample.h"
#include "report_table.h"

namespace escapement {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Result result(const char* guarantee, Verdict verdict) {
  return sample_result("probe", "class", guarantee, verdict, false, "reason");
}

Run run(std::vector<Result> results) {
  Run out;
  out.target = "bwrap";
  out.profile = "strict";
  out.results = std::move(results);
  out.version = "bubblewrap 0.8.0";
  out.command = "bwrap --bind {root} / /probe";
  out.gaps = {{"limits.pids", "it makes no control group"},
              {"limits.memory", "it makes no control group"},
              {"wall", "it has no option for that"}};
  return out;
}

TEST(TargetTally, CountsAGuaranteeOnce) {
  constexpr auto contained = Verdict::contained, escaped = Verdict::escaped,
                 not_testable = Verdict::not_testable;
  EXPECT_EQ(tally(run({})), Tally());
  EXPECT_EQ(tally(run({result("a.a", contained), result("a.a", contained)})), (Tally{1, 0, 0}));
  EXPECT_EQ(tally(run({result("a.a", contained), result("a.b", contained)})), (Tally{2, 0, 0}));
  EXPECT_EQ(tally(run({result("a.a", contained), result("a.a", escaped)})), (Tally{0, 1, 0}))
      << "one way out is enough";
  EXPECT_EQ(tally(run({result("a.a", contained), result("a.a", not_testable)})), (Tally{1, 0, 0}));
  EXPECT_EQ(tally(run({result("a.a", not_testable)})), (Tally{0, 0, 1}));
  EXPECT_EQ(tally(run({result("a.a", contained), result("a.a", Verdict::broken)})), (Tally{0, 0, 1}))
      << "nobody knows what the broken one would have found";
  EXPECT_EQ(tally(run({result("a.a", escaped), result("a.a", Verdict::broken)})), (Tally{0, 1, 0}));
}

TEST(TargetGaps, AreFoldedByClassAndByReason) {
  EXPECT_THAT(folded_gaps(run({})), ElementsAre("limits (2)", "wall"));
  EXPECT_THAT(gap_lines(run({})), ElementsAre("limits.pids, limits.memory: it makes no control group",
                                              "wall: it has no option for that"));
}

TEST(TargetReport, SaysWhatWasToldAndWhatIsLacking) {
  Report report;
  report.runs = {run({result("process.signal", Verdict::contained)})};
  const std::string alone = to_table(report, Style{});
  EXPECT_THAT(alone, HasSubstr("  target      bwrap: bubblewrap 0.8.0\n"));
  EXPECT_THAT(alone, HasSubstr("  command     bwrap --bind {root} / /probe\n"));
  EXPECT_THAT(alone, HasSubstr("  lacks       limits.pids, limits.memory: it makes no control group\n"));

  report.runs.push_back(sample_report().runs[2]);
  const std::string beside = to_table(report, Style{});
  EXPECT_THAT(beside, HasSubstr("  bwrap, strict       1     0         0  limits (2), wall\n")) << beside;
  EXPECT_THAT(to_markdown(report),
              HasSubstr("| bubblewrap 0.8.0 | strict | 1 | 0 | 0 | limits (2), wall |\n"));
  EXPECT_THAT(to_table(sample_report(), Style{}), Not(HasSubstr("guarantees")))
      << "the isolator has words for all";
}

TEST(TargetReport, ABarInANameSplitsNoRow) {
  Report report;
  report.runs = {run({result("process.signal", Verdict::contained)})};
  report.runs[0].version = "one | two";
  EXPECT_THAT(target_markdown(report), HasSubstr("| one \\| two | strict | 1 |"));
}

TEST(TargetReport, IsReadAsItWasWritten) {
  Report report = sample_report();
  report.runs = {run({result("process.signal", Verdict::contained)})};
  const Report read = from_json(to_json(report));
  ASSERT_EQ(read.runs.size(), 1u);
  EXPECT_EQ(read.runs[0].version, report.runs[0].version);
  EXPECT_EQ(read.runs[0].command, report.runs[0].command);
  EXPECT_EQ(read.runs[0].gaps, report.runs[0].gaps);
}

}  // namespace
}  // namespace escapement
