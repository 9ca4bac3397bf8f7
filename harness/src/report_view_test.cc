#include "report_view.h"

#include <gmock/gmock.h>

#include <set>

#include "report_sample.h"
#include "report_text.h"

namespace escapement {
namespace {

constexpr Mark marks[] = {Mark::held, Mark::closed, Mark::open, Mark::untested, Mark::broken, Mark::breach};

Report of(std::vector<Result> results) {
  Report report;
  report.runs = {{"isolator", "p", "", {}, {}, std::move(results)}};
  return report;
}

Result cell(Verdict verdict, bool claimed, const char* probe = "x", const char* guarantee = "c.p") {
  return sample_result(probe, "c", guarantee, verdict, claimed, "r");
}

TEST(View, every_mark_has_a_glyph_of_its_own_one_column_wide) {
  for (bool utf8 : {false, true}) {
    std::set<std::string_view> seen;
    for (Mark mark : marks) {
      EXPECT_EQ(text::width(glyph(mark, utf8)), 1u);
      EXPECT_TRUE(seen.insert(glyph(mark, utf8)).second);
      EXPECT_EQ(glyph(mark, false).size(), 1u);
    }
  }
}

TEST(View, mark_of_every_verdict) {
  EXPECT_EQ(mark(cell(Verdict::contained, true)), Mark::held);
  EXPECT_EQ(mark(cell(Verdict::contained, false)), Mark::closed);
  EXPECT_EQ(mark(cell(Verdict::escaped, true)), Mark::breach);
  EXPECT_EQ(mark(cell(Verdict::escaped, false)), Mark::open);
  for (bool claimed : {false, true}) {
    EXPECT_EQ(mark(cell(Verdict::not_testable, claimed)), Mark::untested);
    EXPECT_EQ(mark(cell(Verdict::broken, claimed)), Mark::broken);
  }
  for (Mark one : marks) EXPECT_EQ(green(one), one == Mark::held || one == Mark::closed);
}

TEST(View, rows_are_grouped_by_class_and_keep_their_order) {
  Report report = of({sample_result("a", "one", "one.p", Verdict::contained, true, ""),
                      sample_result("b", "two", "two.p", Verdict::contained, true, "")});
  report.runs.push_back(report.runs[0]);
  report.runs[1].results = {sample_result("c", "one", "one.p", Verdict::escaped, true, "")};
  std::vector<Row> all = rows(report);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].probe, "a");
  EXPECT_EQ(all[1].probe, "c");
  EXPECT_EQ(all[2].probe, "b");
  EXPECT_EQ(all[1].cells[0], nullptr);
  EXPECT_EQ(all[1].cells[1], report.runs[1].results.data());
}

TEST(View, no_result_hides_another) {
  Report report = of({cell(Verdict::contained, true), cell(Verdict::escaped, true)});
  std::vector<Row> all = rows(report);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_NE(all[0].cells[0], all[1].cells[0]);
}

TEST(View, headings_name_the_target_where_there_are_several) {
  Report report = of({});
  report.runs.push_back(report.runs[0]);
  EXPECT_THAT(headings(report), testing::ElementsAre("p", "p"));
  report.runs[1].target = "bwrap";
  EXPECT_THAT(headings(report), testing::ElementsAre("isolator/p", "bwrap/p"));
}

TEST(View, findings_fold_what_is_the_same_and_end_with_the_gravest) {
  std::vector<Finding> all = findings(sample_report());
  std::vector<Mark> kinds;
  for (const Finding& f : all) kinds.push_back(f.mark);
  EXPECT_THAT(kinds, testing::ElementsAre(Mark::open, Mark::open, Mark::open, Mark::untested, Mark::broken,
                                          Mark::breach));
  EXPECT_EQ(all[0].probe, "chroot-double-escape");
  EXPECT_THAT(all[0].runs, testing::ElementsAre(0u, 1u));
  EXPECT_THAT(all[3].runs, testing::ElementsAre(0u, 2u));
  EXPECT_EQ(all[5].guarantee, "process.signal");
}

TEST(View, findings_with_different_reasons_stay_apart) {
  Report report = of({cell(Verdict::escaped, false)});
  report.runs.push_back(report.runs[0]);
  EXPECT_EQ(findings(report).size(), 1u);
  report.runs[1].results[0].reason = "another";
  EXPECT_EQ(findings(report).size(), 2u);
}

TEST(View, where_folds_neighbours) {
  Report report;
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    report.runs.push_back({"isolator", name, "", {}, {}, {}});
  auto text = [&](const std::vector<std::size_t>& runs) {
    return where({Mark::open, "x", "c.p", "r", runs}, report);
  };
  EXPECT_EQ(text({0, 1, 2, 3, 4, 5}), "everywhere");
  EXPECT_EQ(text({0, 1, 2}), "a to c");
  EXPECT_EQ(text({0, 1}), "a, b");
  EXPECT_EQ(text({0, 2, 3, 4, 5}), "a, c to f");
  EXPECT_EQ(text({0, 1, 3, 4}), "a, b, d, e");
  report.runs.resize(2);
  EXPECT_EQ(text({0, 1}), "a, b");
}

TEST(View, conclusion_of_every_kind_of_report) {
  auto verdict = [](std::vector<Result> results) { return conclusion(of(std::move(results))).verdict; };
  Result held = cell(Verdict::contained, true), untested = cell(Verdict::not_testable, true),
         broken = cell(Verdict::broken, true), breach = cell(Verdict::escaped, true),
         open = cell(Verdict::escaped, false);
  EXPECT_EQ(verdict({held, open}), "every claim held");
  EXPECT_EQ(verdict({open}), "no claim was made");
  EXPECT_EQ(verdict({held, untested}), "every claim that could be tested held");
  EXPECT_EQ(verdict({held, untested, broken}),
            "no claim was seen to fail, but a broken cell answers nothing");
  EXPECT_EQ(verdict({held, untested, broken, breach}), "1 claim does not hold: p: c.p (x)");
  EXPECT_EQ(verdict({}), "nothing was tested");
  EXPECT_EQ(conclusion(sample_report()).counts,
            "11 cells: 3 contained, 4 escaped where nothing was claimed, 1 escaped although claimed, 2 not "
            "testable, "
            "1 broken");
}

TEST(View, conclusion_counts_claims_not_cells) {
  auto breach = [](const char* probe, const char* guarantee) {
    return cell(Verdict::escaped, true, probe, guarantee);
  };
  Report report = of({breach("a", "c.p"), breach("b", "c.p"), breach("c", "c.q")});
  EXPECT_EQ(conclusion(report).verdict, "2 claims do not hold: p: c.p (a, b); p: c.q (c)");
  report.runs[0].results.push_back(breach("d", "c.r"));
  report.runs[0].results.push_back(breach("e", "c.s"));
  EXPECT_EQ(conclusion(report).verdict,
            "4 claims do not hold: p: c.p (a, b); p: c.q (c); p: c.r (d); and 1 more");
}

TEST(View, left_out_profiles_share_a_reason) {
  Report report = sample_report();
  report.left_out.push_back({"time", "no time namespaces"});
  EXPECT_THAT(left_out(report), testing::ElementsAre("left out: cgroup, capdrop (needs root)",
                                                     "left out: time (no time namespaces)"));
}

}  // namespace
}  // namespace escapement
