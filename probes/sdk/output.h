#pragma once

#include <cstddef>
#include <string_view>

#include "sys.h"

namespace probe {

/// Writes to a file descriptor through a buffer of its own: no malloc, no stdio.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  Output& raw(std::string_view bytes);

  /// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD, as JSON has no other place for
  /// them.
  Output& quoted(std::string_view text);

  Output& number(long value);

  /// Writes out what is still in the buffer. Answers the first write(2) that failed since the beginning, if
  /// any; what was to be written after it is dropped.
  Result flush();

 private:
  int fd_;
  Result failed_;
  std::size_t size_ = 0;
  char bytes_[4096];
};

}  // namespace probe
