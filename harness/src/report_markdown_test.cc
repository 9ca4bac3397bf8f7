#include "report_markdown.h"

#include <gmock/gmock.h>

#include "report_sample.h"

namespace escapement {
namespace {

TEST(Markdown, summary) {
  EXPECT_EQ(to_markdown(sample_report()),
            R"(### ❌ 1 claim does not hold: strict: process.signal (kill-outside-pid)

11 cells: 3 contained, 4 escaped where nothing was claimed, 1 escaped although claimed, 2 not testable, 1 broken. Linux 6.1.0-50 x86\_64, cgroup v2, uid 1000, 2.91 s.

| probe | open | unshare | strict |
| --- | :-: | :-: | :-: |
| `chroot-double-escape` | ○ | ○ | ✅ |
| `kill-outside-pid` | ○ | • | ❌ |
| `fork-bomb` | ○ | ❗ | ✅ |
| `memory-hog` | ❓ | | ❓ |

✅ contained, as claimed · • contained, not claimed · ○ escaped, not claimed · ❓ not testable · ❗ broken · ❌ escaped although claimed

- ❌ `kill-outside-pid` (process.signal) in strict: victim got SIGURG
- ❗ `fork-bomb` (limits.processes) in unshare: the probe claims contained, the host counted 129
- ❓ `memory-hog` (limits.memory) in open, strict: the control did not fire: /sys/fs/cgroup/cgroup.controllers lists no memory controller

<details><summary>Escaped where nothing was claimed (3)</summary>

- ○ `chroot-double-escape` (filesystem.root) in open, unshare: chroot(".") reached the host's root
- ○ `kill-outside-pid` (process.signal) in open: victim got SIGURG
- ○ `fork-bomb` (limits.processes) in open: 128 of 128 processes ran at once

</details>

- left out: cgroup, capdrop (needs root)

| time | p50 | p90 | p99 | sandboxes |
| --- | --: | --: | --: | --: |
| launch | 400 µs | 400 µs | 400 µs | 10 |
| probe | 95 µs | 95 µs | 95 µs | 10 |
| teardown | 1.60 ms | 1.60 ms | 1.60 ms | 10 |
)");
}

TEST(Markdown, headline_of_a_run_where_all_is_well) {
  Report report = sample_report();
  report.runs.resize(1);
  report.runs[0].results.resize(1);
  report.runs[0].results[0] = sample_result("x", "c", "c.p", Verdict::contained, true, "EPERM");
  EXPECT_THAT(to_markdown(report), testing::StartsWith("### ✅ Every claim held\n\n1 cell: 1 contained."));
  report.runs.clear();
  EXPECT_THAT(to_markdown(report), testing::StartsWith("### ❗ Nothing was tested\n\n0 cells."));
}

TEST(Markdown, text_is_shown_as_it_is) {
  EXPECT_EQ(escape_markdown("a|b `c` *d* _e_ [f] \\ #1 ~x~ <b> & $y$ @z"),
            "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f\\] \\\\ \\#1 \\~x\\~ &lt;b\\> &amp; \\$y\\$ \\@z");
  EXPECT_EQ(escape_markdown("two\nlines"), "two lines");
}

TEST(Markdown, code_spans_hold_backticks) {
  EXPECT_EQ(code_span("fork-bomb"), "`fork-bomb`");
  EXPECT_EQ(code_span("a`b"), "`` a`b ``");
  EXPECT_EQ(code_span("``"), "``` `` ```");
}

TEST(Markdown, no_text_breaks_the_table) {
  Report report = sample_report();
  Result& first = report.runs[0].results[0];
  first.probe = "a|b`c";
  report.runs[0].profile = "x|y";
  std::string text = to_markdown(report);
  EXPECT_THAT(text, testing::HasSubstr("| probe | x\\|y | unshare | strict |\n"));
  EXPECT_THAT(text, testing::HasSubstr("| `` a\\|b`c `` | ○ | | |\n"));
}

}  // namespace
}  // namespace escapement
