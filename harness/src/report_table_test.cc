#include "report_table.h"

#include <gmock/gmock.h>

#include <regex>

#include "report_sample.h"
#include "report_text.h"

namespace escapement {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string without_colour(const std::string& text) {
  return std::regex_replace(text, std::regex("\033\\[[0-9;]*m"), "");
}

Style terminal(unsigned width) {
  Style style;
  style.terminal = true;
  style.width = width;
  return style;
}

Report only(const char* profile) {
  Report report = sample_report();
  std::erase_if(report.runs, [&](const Run& run) { return run.profile != profile; });
  return report;
}

TEST(Table, for_a_file_nothing_is_cut) {
  Style style;
  style.width = 120;
  EXPECT_EQ(to_table(sample_report(), style),
            R"(isolator on Linux 6.1.0-50 x86_64, uid 1000, cgroup v2, LSM landlock yama

                        open  unshare  strict
filesystem
  chroot-double-escape  ○     ○        ✓
process
  kill-outside-pid      ○     •        ✗
limits
  fork-bomb             ○     !        ✓
  memory-hog            ?              ?

  ✓ contained, as claimed   • contained, not claimed   ○ escaped, not claimed   ? not testable   ! broken
  ✗ escaped although claimed

  ○ chroot-double-escape  chroot(".") reached the host's root                           open, unshare
  ○ kill-outside-pid      victim got SIGURG                                             open
  ○ fork-bomb             128 of 128 processes ran at once                              open
  ? memory-hog            the control did not fire: /sys/fs/cgroup/cgroup.controllers lists no memory controller  open, strict
  ! fork-bomb             the probe claims contained, the host counted 129              unshare
  ✗ kill-outside-pid      victim got SIGURG                                             strict

10 sandboxes in 2.91 s           p50       p90       p99
  launch                      400 µs    400 µs    400 µs
  probe                        95 µs     95 µs     95 µs
  teardown                   1.60 ms   1.60 ms   1.60 ms
  slowest steps of a launch, p50: clone 180 µs, mount 60 µs

left out: cgroup, capdrop (needs root)

11 cells: 3 contained, 4 escaped where nothing was claimed, 1 escaped although claimed, 2 not testable, 1 broken.
1 claim does not hold: strict: process.signal (kill-outside-pid).
)");
}

TEST(Table, on_a_narrow_terminal_in_ascii) {
  Style style = terminal(80);
  style.utf8 = false;
  EXPECT_EQ(to_table(sample_report(), style),
            R"(isolator on Linux 6.1.0-50 x86_64, uid 1000, cgroup v2, LSM landlock yama

                        open  unshare  strict
filesystem
  chroot-double-escape  o     o        +
process
  kill-outside-pid      o     .        X
limits
  fork-bomb             o     !        +
  memory-hog            ?              ?

  + contained, as claimed   . contained, not claimed   o escaped, not claimed
  ? not testable   ! broken   X escaped although claimed

  o chroot-double-escape  chroot(".") reached the host's root      open, unshare
  o kill-outside-pid      victim got SIGURG                        open
  o fork-bomb             128 of 128 processes ran at once         open
  ? memory-hog            the control did not fire: /sys/fs/cg...  open, strict
  ! fork-bomb             the probe claims contained, the host...  unshare
  X kill-outside-pid      victim got SIGURG                        strict

10 sandboxes in 2.91 s           p50       p90       p99
  launch                      400 us    400 us    400 us
  probe                        95 us     95 us     95 us
  teardown                   1.60 ms   1.60 ms   1.60 ms
  slowest steps of a launch, p50: clone 180 us, mount 60 us

left out: cgroup, capdrop (needs root)

11 cells: 3 contained, 4 escaped where nothing was claimed, 1 escaped although
claimed, 2 not testable, 1 broken.
1 claim does not hold: strict: process.signal (kill-outside-pid).
)");
}

TEST(Table, one_profile_line_by_line) {
  EXPECT_EQ(to_table(only("strict"), terminal(80)),
            R"(isolator on Linux 6.1.0-50 x86_64, uid 1000, cgroup v2, LSM landlock yama

strict  for code that nobody trusts
  target      isolator
  layers      pid, seccomp
  namespaces  new: pid; shared: none
  controls    3 of 4 escaped once their defence was taken away

                                                         launch   probe teardown
filesystem
  ✓ chroot-double-escape  chroot(".out"): EPERM          400 µs   95 µs  1.60 ms
process
  ✗ kill-outside-pid      victim got SIGURG              400 µs   95 µs  1.60 ms
limits
  ✓ fork-bomb             fork refused at 31: EAGAIN     400 µs   95 µs  1.60 ms
  ? memory-hog            the control did not fire: /s…  400 µs   95 µs  1.60 ms
    control: contained under root.method=chroot capabilities.keep+=cap_sys_chro…

  ✓ contained, as claimed   ? not testable   ✗ escaped although claimed

4 sandboxes in 2.91 s            p50       p90       p99
  launch                      400 µs    400 µs    400 µs
  probe                        95 µs     95 µs     95 µs
  teardown                   1.60 ms   1.60 ms   1.60 ms
  slowest steps of a launch, p50: clone 180 µs, mount 60 µs

left out: cgroup, capdrop (needs root)

4 cells: 2 contained, 1 escaped although claimed, 1 not testable.
1 claim does not hold: strict: process.signal (kill-outside-pid).
)");
}

TEST(Table, colour_adds_nothing_but_colour) {
  for (const Report& report : {sample_report(), only("strict")}) {
    Style plain = terminal(80), coloured = plain;
    coloured.colour = true;
    std::string text = to_table(report, coloured);
    EXPECT_EQ(without_colour(text), to_table(report, plain));
    // A line that ends inside a colour would paint what the shell writes next.
    for (const std::string& line : lines_of(text)) {
      std::size_t last = line.rfind('\033');
      if (last != std::string::npos) {
        EXPECT_EQ(line.substr(last, 4), "\033[0m");
      }
    }
  }
}

TEST(Table, colours_tell_what_matters) {
  Style style = terminal(100);
  style.colour = true;
  std::string text = to_table(sample_report(), style);
  for (const char* painted : {"\033[32m✓\033[0m", "\033[2m•\033[0m", "\033[33m○\033[0m", "\033[36m?\033[0m",
                              "\033[1;35m!\033[0m", "\033[1;31m✗\033[0m"})
    EXPECT_THAT(text, testing::HasSubstr(painted));
}

TEST(Table, no_line_is_wider_than_the_terminal) {
  for (const Report& report : {sample_report(), only("open"), only("strict")})
    for (unsigned width = 70; width <= 160; ++width)
      for (bool utf8 : {false, true}) {
        Style style = terminal(width);
        style.utf8 = utf8;
        for (const std::string& line : lines_of(to_table(report, style)))
          ASSERT_LE(text::width(line), width) << line;
      }
}

TEST(Table, ascii_means_ascii) {
  Report report = sample_report();
  report.runs[0].results[0].reason = "größer…";
  Style style;
  style.utf8 = false;
  for (const std::string& line : lines_of(to_table(report, style)))
    for (char c : line) ASSERT_LT(static_cast<unsigned char>(c), 0x80) << line;
}

TEST(Table, a_reason_cannot_drive_the_terminal) {
  Report report = sample_report();
  report.runs[0].results[0].reason = "\033]0;owned\a\r\ngone";
  report.runs[0].results[0].probe = "\033[2J";
  for (const Report& one : {report, [&] {
                              Report r = report;
                              r.runs.resize(1);
                              return r;
                            }()}) {
    std::string text = to_table(one, terminal(100));
    EXPECT_EQ(text.find('\033'), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
  }
}

TEST(Table, a_control_that_did_not_fire_gets_a_line) {
  const std::string text = to_table(only("strict"), terminal(100));
  int lines = 0;
  for (const std::string& line : lines_of(text))
    if (line.find("    control: ") == 0) ++lines;
  EXPECT_EQ(lines, 1);
  EXPECT_THAT(text, testing::HasSubstr("controls    3 of 4 escaped"));
}

TEST(Table, an_empty_report_says_so) {
  Report report = sample_report();
  report.runs.clear();
  EXPECT_THAT(to_table(report, Style{}), testing::EndsWith("0 cells; nothing was tested.\n"));
}

}  // namespace
}  // namespace escapement
