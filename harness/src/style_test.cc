#include "style.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <map>

namespace escapement {
namespace {

class StyleTest : public testing::Test {
 protected:
  void SetUp() override {
    winsize size{24, 83, 0, 0};
    ASSERT_EQ(openpty(&master_, &terminal_, nullptr, nullptr, &size), 0);
    file_ = open("/dev/null", O_WRONLY | O_CLOEXEC);
    ASSERT_GE(file_, 0);
  }
  void TearDown() override {
    for (int fd : {master_, terminal_, file_}) close(fd);
  }
  static Style detect(int fd, std::map<std::string, std::string> variables) {
    return Style::detect(fd, [&](const char* name) {
      auto at = variables.find(name);
      return at == variables.end() ? nullptr : at->second.c_str();
    });
  }
  int master_ = -1, terminal_ = -1, file_ = -1;
};

TEST_F(StyleTest, colour_only_on_a_terminal_that_can) {
  EXPECT_TRUE(detect(terminal_, {{"TERM", "xterm"}}).colour);
  EXPECT_FALSE(detect(file_, {{"TERM", "xterm"}}).colour);
  EXPECT_FALSE(detect(terminal_, {{"TERM", "dumb"}}).colour);
  EXPECT_FALSE(detect(terminal_, {}).colour);
  EXPECT_FALSE(detect(terminal_, {{"TERM", ""}}).colour);
}

TEST_F(StyleTest, no_color_counts_where_it_is_not_empty) {
  EXPECT_FALSE(detect(terminal_, {{"TERM", "xterm"}, {"NO_COLOR", "0"}}).colour);
  EXPECT_TRUE(detect(terminal_, {{"TERM", "xterm"}, {"NO_COLOR", ""}}).colour);
}

TEST_F(StyleTest, without_colour_a_terminal_still_has_a_cursor) {
  EXPECT_TRUE(detect(terminal_, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}).cursor);
  EXPECT_FALSE(detect(terminal_, {{"TERM", "dumb"}}).cursor);
  EXPECT_FALSE(detect(file_, {{"TERM", "xterm"}}).cursor);
  EXPECT_TRUE(detect(terminal_, {{"TERM", "dumb"}}).terminal);
  EXPECT_FALSE(detect(file_, {}).terminal);
}

TEST_F(StyleTest, width_is_that_of_the_window) {
  EXPECT_EQ(detect(terminal_, {{"COLUMNS", "70"}}).width, 83u);
}

TEST_F(StyleTest, width_comes_from_columns_where_there_is_no_window) {
  EXPECT_EQ(detect(file_, {{"COLUMNS", "70"}}).width, 70u);
  for (const char* wrong : {"", "0", "-5", "wide", "80x", " 80", "99999999999"})
    EXPECT_EQ(detect(file_, {{"COLUMNS", wrong}}).width, 100u) << wrong;
  EXPECT_EQ(detect(file_, {}).width, 100u);
}

TEST_F(StyleTest, a_window_that_nobody_sized_has_no_width) {
  winsize none{};
  ASSERT_EQ(ioctl(terminal_, TIOCSWINSZ, &none), 0);
  EXPECT_EQ(detect(terminal_, {{"COLUMNS", "70"}}).width, 70u);
}

TEST_F(StyleTest, the_first_locale_variable_that_is_not_empty_decides) {
  EXPECT_TRUE(detect(file_, {{"LANG", "C.UTF-8"}}).utf8);
  EXPECT_TRUE(detect(file_, {{"LANG", "de_DE.utf8"}}).utf8);
  EXPECT_FALSE(detect(file_, {{"LANG", "de_DE.ISO-8859-1"}}).utf8);
  EXPECT_FALSE(detect(file_, {}).utf8);
  EXPECT_FALSE(detect(file_, {{"LC_ALL", "C"}, {"LC_CTYPE", "C.UTF-8"}, {"LANG", "C.UTF-8"}}).utf8);
  EXPECT_TRUE(detect(file_, {{"LC_ALL", ""}, {"LC_CTYPE", "C.UTF-8"}, {"LANG", "C"}}).utf8);
  EXPECT_FALSE(detect(file_, {{"LC_CTYPE", "POSIX"}, {"LANG", "C.UTF-8"}}).utf8);
}

TEST(Paint, writes_escapes_only_with_colour) {
  Style plain, coloured;
  coloured.colour = true;
  EXPECT_EQ(paint(plain, Tone::bad, "x"), "x");
  EXPECT_EQ(paint(coloured, Tone::bad, "x"), "\033[1;31mx\033[0m");
  EXPECT_EQ(paint(coloured, Tone::plain, "x"), "x");
  EXPECT_EQ(paint(coloured, Tone::bad, ""), "");
}

}  // namespace
}  // namespace escapement
