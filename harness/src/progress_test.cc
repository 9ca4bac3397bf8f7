#include "progress.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "report_text.h"

namespace escapement {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class ProgressTest : public testing::Test {
 protected:
  void SetUp() override {
    winsize size{24, 80, 0, 0};
    termios raw{};
    cfmakeraw(&raw);
    ASSERT_EQ(openpty(&master_, &terminal_, nullptr, &raw, &size), 0);
    style_.terminal = style_.cursor = true;
  }
  void TearDown() override {
    close(master_);
    close(terminal_);
  }
  std::string written(int wait_ms = 50) {
    std::string out;
    pollfd ready{master_, POLLIN, 0};
    char buffer[4096];
    while (poll(&ready, 1, wait_ms) == 1 && ready.revents & POLLIN) {
      ssize_t n = read(master_, buffer, sizeof buffer);
      if (n <= 0) break;
      out.append(buffer, static_cast<std::size_t>(n));
    }
    return out;
  }
  int master_ = -1, terminal_ = -1;
  Style style_;
};

TEST_F(ProgressTest, draws_one_line_and_erases_it) {
  {
    Progress progress(terminal_, style_, 66);
    progress.update(37, "strict fork-bomb");
    std::string line = written();
    EXPECT_THAT(line, testing::StartsWith("\r  37/66 ━━━━━━━━━━━───"));
    EXPECT_THAT(line, testing::HasSubstr(" strict fork-bomb "));
    EXPECT_THAT(line, testing::EndsWith("\033[K"));
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
  EXPECT_EQ(written(), "\r\033[K");
}

TEST_F(ProgressTest, redraws_at_most_twenty_times_a_second) {
  using Clock = std::chrono::steady_clock;
  Progress progress(terminal_, style_, 1000);
  std::string all;
  auto start = Clock::now();
  for (std::size_t i = 0; i < 200; ++i) {
    progress.update(i, "strict fork-bomb");
    std::this_thread::sleep_for(milliseconds(1));
    all += written(0);
  }
  auto slots = (Clock::now() - start) / milliseconds(50);  // a loaded machine takes longer, and may draw more
  all += written();
  auto redraws = std::count(all.begin(), all.end(), '\r');
  EXPECT_GE(redraws, 2);
  EXPECT_LE(redraws, slots + 1);
}

TEST_F(ProgressTest, nothing_without_a_cursor) {
  style_.cursor = false;
  {
    Progress progress(terminal_, style_, 66);
    progress.update(1, "strict");
  }
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressTest, nothing_to_erase_where_nothing_was_drawn) {
  { Progress progress(terminal_, style_, 66); }
  EXPECT_EQ(written(), "");
}

TEST_F(ProgressTest, the_line_stays_within_the_window) {
  winsize narrow{24, 30, 0, 0};
  ASSERT_EQ(ioctl(terminal_, TIOCSWINSZ, &narrow), 0);
  Progress progress(terminal_, style_, 66);
  progress.update(37, "container chown-without-cap-chown");
  std::string line = written();
  ASSERT_GT(line.size(), 4u);
  EXPECT_LT(text::width(line.substr(1, line.size() - 4)), 30u);
}

TEST_F(ProgressTest, a_reader_that_has_gone_does_not_stop_the_run) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  while (write(ends[1], "x", 1) == 1) {
  }
  {
    Progress progress(ends[1], style_, 66);  // EAGAIN, as on a terminal that was stopped with ^S
    progress.update(1, "strict");
    progress.update(2, "strict");
  }
  close(ends[0]);
  close(ends[1]);
}

TEST(ProgressLine, what_it_shows_at_every_width) {
  Style style;
  EXPECT_EQ(progress_line(1, 4, "strict fork-bomb", microseconds(2'100'000), style, 79),
            "  1/4 ━━━━━─────────────── strict fork-bomb 2.10 s");
  EXPECT_EQ(progress_line(1, 4, "strict fork-bomb", microseconds(2'100'000), style, 30),
            "  1/4 strict fork-bomb 2.10 s");
  EXPECT_EQ(progress_line(1, 4, "strict fork-bomb", microseconds(2'100'000), style, 20),
            "  1/4 strict… 2.10 s");
  style.utf8 = false;
  EXPECT_EQ(progress_line(4, 4, "\033x", microseconds(5), style, 79),
            "  4/4 #################### \\x1bx 5 us");
  for (unsigned columns = 0; columns < 100; ++columns)
    for (bool utf8 : {false, true}) {
      style.utf8 = utf8;
      EXPECT_LE(text::width(progress_line(1234, 5678, "container chown-without-cap-chown",
                                          microseconds(12'345'678), style, columns)),
                columns);
    }
}

TEST(ProgressLine, a_total_of_zero_is_complete) {
  EXPECT_EQ(progress_line(0, 0, "x", microseconds(0), Style{}, 79), "  0/0 ━━━━━━━━━━━━━━━━━━━━ x 0 µs");
}

}  // namespace
}  // namespace escapement
