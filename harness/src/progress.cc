#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "report_text.h"

namespace escapement {
namespace {

constexpr auto interval = std::chrono::milliseconds(50);
constexpr unsigned bar_columns = 20;
constexpr const char* erase = "\r\033[K";

std::string repeat(const char* text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

std::string progress_line(std::size_t done, std::size_t total, const std::string& current,
                          std::chrono::microseconds elapsed, const Style& style, unsigned columns) {
  std::string count = std::to_string(done) + '/' + std::to_string(total);
  std::size_t full = total ? std::min(done, total) * bar_columns / total : bar_columns;
  std::string time = text::human(elapsed, style.utf8);
  // The count and the time stay; what does not fit is the bar first, then the end of the name.
  unsigned fixed = text::width(count) + text::width(time) + 4;
  if (columns <= fixed) return text::cut("  " + count, columns, style.utf8);
  unsigned room = columns - fixed;
  std::string bar;
  if (room >= bar_columns + 22) {
    bar = paint(style, Tone::good, repeat(style.utf8 ? "━" : "#", full)) +
          paint(style, Tone::dim, repeat(style.utf8 ? "─" : "-", bar_columns - full)) + ' ';
    room -= bar_columns + 1;
  }
  return "  " + count + ' ' + bar + text::cut(text::clean(current, style.utf8), room, style.utf8) + ' ' +
         time;
}

Progress::Progress(int fd, const Style& style, std::size_t total)
    : fd_(fd), style_(style), total_(total), alive_(style.cursor) {}

Progress::~Progress() {
  if (drawn_ != Clock::time_point{}) write(erase);
}

void Progress::update(std::size_t done, const std::string& current) {
  std::lock_guard lock(mutex_);
  auto now = Clock::now();
  if (!alive_ || (drawn_ != Clock::time_point{} && now - drawn_ < interval)) return;
  drawn_ = now;
  auto elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now - start_);
  // The width is asked for each time, as the window may have changed: a line that wraps cannot be erased. One
  // column stays free, since some terminals wrap as soon as the last one is written.
  unsigned columns = Style::detect(fd_, [](const char* name) { return std::getenv(name); }).width;
  write('\r' + progress_line(done, total_, current, elapsed, style_, columns - 1) + "\033[K");
}

void Progress::write(const std::string& bytes) {
  std::size_t written = 0;
  while (alive_ && written < bytes.size()) {
    ssize_t n = ::write(fd_, bytes.data() + written, bytes.size() - written);
    if (n >= 0)
      written += static_cast<std::size_t>(n);
    else if (errno != EINTR)
      alive_ = false;  // the terminal has gone, or takes nothing now: no reason to stop the run
  }
}

}  // namespace escapement
