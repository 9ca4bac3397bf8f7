#include "report_text.h"

#include <gmock/gmock.h>

namespace escapement::text {
namespace {

using std::chrono::microseconds;

TEST(Text, clean_keeps_what_can_be_read) {
  EXPECT_EQ(clean("chroot(\".\"): EPERM"), "chroot(\".\"): EPERM");
  EXPECT_EQ(clean("größe 漢字 …"), "größe 漢字 …");
  EXPECT_EQ(clean("größe", false), "gr??e");
}

TEST(Text, clean_disarms_what_drives_a_terminal_or_breaks_a_parser) {
  EXPECT_EQ(clean("a\033[2Jb\x07"), "a\\x1b[2Jb\\x07");
  EXPECT_EQ(clean("two\nlines\tand\r"), "two lines and ");
  EXPECT_EQ(clean("\x7f\xc2\x9b"
                  "31m"),
            "\\x7f\\xc2\\x9b31m");  // DEL, and CSI as one character
  EXPECT_EQ(clean("\xe2\x80\xae"    // NOLINT(misc-misleading-bidirectional)
                  "txt"),
            "\\xe2\\x80\\xaetxt");                               // U+202E turns the direction of writing
  EXPECT_EQ(clean("\xef\xbf\xbf"), "\\xef\\xbf\\xbf");           // U+FFFF
  EXPECT_EQ(clean("\xf0\x9f\xbf\xbe"), "\\xf0\\x9f\\xbf\\xbe");  // U+1FFFE
  EXPECT_EQ(clean(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Text, clean_shows_bytes_that_are_not_utf8) {
  EXPECT_EQ(clean("\xff"), "\\xff");
  EXPECT_EQ(clean("\xc3"), "\\xc3");  // cut short
  EXPECT_EQ(clean("\xc3("), "\\xc3(");
  EXPECT_EQ(clean("\xc0\xaf"), "\\xc0\\xaf");  // overlong slash
  EXPECT_EQ(clean("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(clean("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // surrogate
  EXPECT_EQ(clean("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // above U+10FFFF
}

TEST(Text, width_is_in_columns) {
  EXPECT_EQ(width("abc"), 3u);
  EXPECT_EQ(width("µ…"), 2u);
  EXPECT_EQ(width("漢字"), 4u);
  EXPECT_EQ(width("e\xcc\x81"), 1u);  // e and a combining acute accent
}

TEST(Text, cut_never_exceeds_its_columns) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abcd…");
  EXPECT_EQ(cut("abc def", 5), "abc…");
  EXPECT_EQ(cut("abcdef", 5, false), "ab...");
  EXPECT_EQ(cut("漢字漢字", 4), "漢…");
  for (unsigned columns = 0; columns < 12; ++columns)
    for (bool utf8 : {false, true}) EXPECT_LE(width(cut("漢a字b漢c字", columns, utf8)), columns);
}

TEST(Text, pads_by_columns) {
  EXPECT_EQ(left("µ", 3), "µ  ");
  EXPECT_EQ(right("µ", 3), "  µ");
  EXPECT_EQ(left("long", 3), "long");
}

TEST(Text, wraps_at_words) {
  EXPECT_THAT(wrap("the quick  brown\nfox", 9), testing::ElementsAre("the quick", "brown fox"));
  EXPECT_THAT(wrap("a incomprehensible b", 5), testing::ElementsAre("a", "incomprehensible", "b"));
  EXPECT_THAT(wrap("  ", 5), testing::ElementsAre());
}

TEST(Text, counts) {
  EXPECT_EQ(count(1, "cell"), "1 cell");
  EXPECT_EQ(count(0, "cell"), "0 cells");
}

TEST(Text, times_have_three_figures) {
  EXPECT_EQ(human(microseconds(0)), "0 µs");
  EXPECT_EQ(human(microseconds(999), false), "999 us");
  EXPECT_EQ(human(microseconds(1000)), "1.00 ms");
  EXPECT_EQ(human(microseconds(1214)), "1.21 ms");
  EXPECT_EQ(human(microseconds(9994)), "9.99 ms");
  EXPECT_EQ(human(microseconds(9996)), "10.0 ms");
  EXPECT_EQ(human(microseconds(99'960)), "100 ms");
  EXPECT_EQ(human(microseconds(999'499)), "999 ms");
  EXPECT_EQ(human(microseconds(999'500)), "1.00 s");
  EXPECT_EQ(human(microseconds(2'914'000)), "2.91 s");
  EXPECT_EQ(human(microseconds(123'456'000)), "123 s");
}

}  // namespace
}  // namespace escapement::text
