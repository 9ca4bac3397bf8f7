#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>

#include "style.h"

namespace escapement {

/// One line on a terminal that says how far a run has come: drawn over at most 20 times a second, erased by
/// the destructor. Where `style` has no cursor, nothing is written. May be called from several threads.
class Progress {
 public:
  Progress(int fd, const Style& style, std::size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  /// `done` of the total are finished; `current` says what runs now.
  void update(std::size_t done, const std::string& current);

 private:
  using Clock = std::chrono::steady_clock;

  void write(const std::string& bytes);

  const int fd_;
  const Style style_;
  const std::size_t total_;
  const Clock::time_point start_ = Clock::now();
  std::mutex mutex_;
  Clock::time_point drawn_{};  // never
  bool alive_;                 // false: no cursor, or nobody reads any more
};

/// The line, at most `columns` wide: "  37/66 ━━━━━━━━━━────────── strict fork-bomb 2.10 s".
std::string progress_line(std::size_t done, std::size_t total, const std::string& current,
                          std::chrono::microseconds elapsed, const Style& style, unsigned columns);

}  // namespace escapement
