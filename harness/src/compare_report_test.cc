#include "compare_report.h"

#include <gmock/gmock.h>

#include <sstream>

#include "report_sample.h"
#include "report_text.h"

namespace escapement {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Something of every section.
Comparison sample_comparison() {
  Report base = sample_report(), now = base;
  now.host.kernel = "6.12.107";
  now.host.sysctls["kernel.dmesg_restrict"] = "0";
  Result& worse = now.runs[2].results[2];
  worse.verdict = Verdict::escaped;
  worse.outcome = Outcome::fail;
  worse.reason =
      "128 of 128 processes ran at once | \033[31m and nobody stopped them, for all that the limit said";
  Result& better = now.runs[2].results[1];
  better.verdict = Verdict::contained;
  better.outcome = Outcome::pass;
  now.runs[1].layers = {"pid", "user"};
  Comparison out = compare(base, now, 3);
  Waiver waiver;
  waiver.change = Change::layer_lost;
  waiver.profile = "unshare";
  waiver.what = "chroot";
  waiver.reason = "it pivots now";
  waiver.expires = 2027y / 3 / 1;
  waiver.place = "w.toml:1:1";
  Waiver unused = waiver, expired = waiver;
  unused.what = "user";
  expired.expires = 2020y / 1 / 31;
  waive(out, {waiver, unused, expired}, 2026y / 1 / 1);
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string table(unsigned width, bool terminal) {
  Style style;
  style.width = width;
  style.terminal = terminal;
  return to_table(sample_comparison(), style);
}

TEST(CompareReport, the_table_in_full) {
  EXPECT_EQ(table(100, true), R"(11 cells compared.
Before: Linux 6.1.0-50 x86_64, uid 1000. Now: Linux 6.12.107 x86_64, uid 1000. The kernels differ.

Escapes, and was contained (1)
  strict  fork-bomb  contained → escaped  128 of 128 processes ran at once | \x1b[31m and nobody st…

A kernel sysctl loosened (1)
  kernel.dmesg_restrict  1 → 0  lets more through, whatever the verdicts

Waivers that have expired (1)
  w.toml:1:1  layer-lost: unshare, chroot  on 2020-01-31: it pivots now

Waived (1)
  unshare  chroot  applied → gone  until 2027-03-01: it pivots now

Waivers that nothing needs (1)
  w.toml:1:1  layer-lost: unshare, user  until 2027-03-01: it pivots now

Better (1)
  strict  kill-outside-pid  escaped → contained

Verdicts that differ between the kernels (2)
  kill-outside-pid  escaped → contained  strict
  fork-bomb         contained → escaped  strict

What differs between the machines (2)
  kernel                 6.1.0-50 → 6.12.107
  kernel.dmesg_restrict  1 → 0

Launch, and as a ratio to the profile open in the same run
           p50              p50 to the floor  p99 to the floor
  unshare  400 µs → 400 µs  1.0x → 1.0x       1.0x → 1.0x       too few to judge
  strict   400 µs → 400 µs  1.0x → 1.0x       1.0x → 1.0x       too few to judge

2 changes are worse: 1 escaped, 1 sysctl-loosened; 1 waived; 1 waiver has expired.
)");
}

TEST(CompareReport, a_terminal_cuts_and_a_pipe_does_not) {
  for (unsigned width : {80u, 100u, 120u})
    for (const std::string& line : lines_of(table(width, true))) EXPECT_LE(text::width(line), width) << line;
  EXPECT_THAT(table(80, true), testing::Not(HasSubstr("the limit said")));
  EXPECT_THAT(table(80, false), HasSubstr("the limit said"));
  for (const std::string& line : lines_of(table(80, false))) EXPECT_LE(text::width(line), 118u) << line;
}

TEST(CompareReport, nothing_is_worse_in_a_few_lines) {
  const Comparison same = compare(sample_report(), sample_report(), 3);
  const std::string text = to_table(same, Style{});
  EXPECT_THAT(text, testing::EndsWith("\nNothing is worse.\n"));
  EXPECT_THAT(text, HasSubstr("Linux 6.1.0-50 x86_64, uid 1000, both times."));
  EXPECT_THAT(to_markdown(same), testing::StartsWith("### ✅ Nothing is worse\n"));
}

TEST(CompareReport, ascii_where_the_locale_has_no_more) {
  Style style;
  style.utf8 = false;
  for (char c : to_table(sample_comparison(), style)) EXPECT_GE(c, 0);
  EXPECT_THAT(to_table(sample_comparison(), style), HasSubstr("contained -> escaped"));
}

TEST(CompareReport, without_a_floor_it_is_said) {
  Report base = sample_report();
  base.runs.erase(base.runs.begin());
  const Comparison comparison = compare(base, base, 3);
  const std::string said = "Times are not compared: the profile open is not in both reports.";
  EXPECT_THAT(to_table(comparison, Style{}), HasSubstr(said));
  EXPECT_THAT(to_markdown(comparison), HasSubstr(said));
  EXPECT_EQ(to_json(comparison)["no_floor"], "the profile open is not in both reports");
}

TEST(CompareReport, markdown_escapes_what_was_seen_in_a_sandbox) {
  const std::string text = to_markdown(sample_comparison());
  EXPECT_THAT(text, testing::StartsWith("### ❌ 2 changes are worse"));
  EXPECT_THAT(text,
              HasSubstr("| escaped | strict | fork-bomb | contained → escaped | 128 of 128 processes ran at "
                        "once \\| \\\\x1b\\[31m and"));
  EXPECT_THAT(text, HasSubstr("- ❌ A waiver has expired: layer-lost: unshare, chroot, on 2020-01-31"));
  EXPECT_THAT(
      text,
      HasSubstr("- Waived: layer-lost: unshare, chroot, applied → gone, until 2027-03-01: it pivots now"));
  EXPECT_THAT(text, HasSubstr("<details><summary>Verdicts that differ between the kernels (2)</summary>"));
  EXPECT_EQ(text.find('\033'), std::string::npos);
}

TEST(CompareReport, json_has_every_section) {
  const nlohmann::ordered_json json = to_json(sample_comparison());
  EXPECT_EQ(json["worse"][0]["change"], "escaped");
  EXPECT_EQ(json["worse"][0]["probe"], "fork-bomb");
  EXPECT_EQ(json["worse"][1],
            nlohmann::ordered_json::parse(R"({"change": "sysctl-loosened", "what": "kernel.dmesg_restrict",
    "was": "1", "is": "0", "reason": "lets more through, whatever the verdicts"})"));
  EXPECT_EQ(json["waived"][0]["waiver"]["reason"], "it pivots now");
  EXPECT_EQ(json["expired_waivers"][0]["expires"], "2020-01-31");
  EXPECT_EQ(json["unused_waivers"][0]["what"], "user");
  EXPECT_EQ(json["launch"][0]["trend"], "not-judged");
  EXPECT_EQ(json["base_kernel"], "6.1.0-50");
  EXPECT_EQ(json["better"].size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(to_json_text(sample_comparison()))["schema"], 1);
}

}  // namespace
}  // namespace escapement
