#include "report_list.h"

#include <gmock/gmock.h>

#include "report_text.h"

namespace escapement {
namespace {

const std::vector<std::string> headings = {"id", "class", "summary"};
const std::vector<std::vector<std::string>> rows = {
    {"chroot-double-escape", "filesystem",
     "leave a chroot by a second one, with the working directory outside"},
    {"fork-bomb", "limits", "start more processes than the limit allows"}};

const auto probe = nlohmann::json::parse(R"json({
  "id": "chroot-double-escape", "class": "filesystem", "guarantee": "filesystem.root",
  "summary": "leave a chroot by a second one",
  "technique": "chroot(2) moves the root but not the working directory, so that chdir(\"..\") climbs out.",
  "references": ["chroot(2)", "https://attack.mitre.org/techniques/T1611/"],
  "attempts": [{"name": "walk", "denials": ["EPERM", "no effect"]}, {"name": "proc", "denials": ["EACCES"]}],
  "witness": ["root"], "opening": ["root.method=chroot", "capabilities.keep+=cap_sys_chroot"],
  "remedy": "root.method = \"pivot_root\""
})json");

TEST(List, for_a_file_one_line_a_row) {
  EXPECT_EQ(
      to_list(headings, rows, Style{}),
      "id                    class       summary\n"
      "chroot-double-escape  filesystem  leave a chroot by a second one, with the working directory outside\n"
      "fork-bomb             limits      start more processes than the limit allows\n");
}

TEST(List, on_a_terminal_the_last_column_is_wrapped) {
  Style style;
  style.terminal = true;
  style.width = 70;
  EXPECT_EQ(to_list(headings, rows, style),
            "id                    class       summary\n"
            "chroot-double-escape  filesystem  leave a chroot by a second one, with\n"
            "                                  the working directory outside\n"
            "fork-bomb             limits      start more processes than the limit\n"
            "                                  allows\n");
}

TEST(List, no_line_ends_in_blanks_and_short_rows_are_allowed) {
  EXPECT_EQ(to_list({"a", "bb"}, {{"1"}, {"22", ""}, {"3", "\033"}}, Style{}), "a   bb\n1\n22\n3   \\x1b\n");
  EXPECT_EQ(to_list({}, {}, Style{}), "");
}

TEST(List, headings_stand_out_in_colour) {
  Style style;
  style.colour = true;
  EXPECT_THAT(to_list({"a"}, {{"1"}}, style), testing::StartsWith("\033[1ma\033[0m\n1\n"));
}

TEST(Explanation, everything_that_the_probe_says) {
  Style style;
  style.width = 60;
  EXPECT_EQ(to_explanation(probe, style),
            "chroot-double-escape  leave a chroot by a second one\n"
            "\n"
            "  guarantee   filesystem.root\n"
            "  technique   chroot(2) moves the root but not the working\n"
            "              directory, so that chdir(\"..\") climbs out.\n"
            "  attempts    walk: denied by EPERM or no effect\n"
            "              proc: denied by EACCES\n"
            "  witness     root\n"
            "  opening     root.method=chroot\n"
            "              capabilities.keep+=cap_sys_chroot\n"
            "  remedy      root.method = \"pivot_root\"\n"
            "  references  chroot(2)\n"
            "              https://attack.mitre.org/techniques/T1611/\n");
}

TEST(Explanation, a_member_that_is_missing_is_an_error) {
  for (const char* key : {"id", "guarantee", "summary", "technique", "references", "attempts", "witness",
                          "opening", "remedy"}) {
    nlohmann::json without = probe;
    without.erase(key);
    EXPECT_THROW(to_explanation(without, Style{}), nlohmann::json::exception) << key;
  }
}

}  // namespace
}  // namespace escapement
