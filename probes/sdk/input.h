#pragma once

#include <cstddef>

namespace probe {

/// Reads lines from a file descriptor, through a buffer of its own.
class Input {
 public:
  constexpr explicit Input(int fd) : fd_(fd) {}

  /// The next line, without its newline, NUL at its end; it may be written to, and stays until the next call.
  /// Null at the end of the input, at an error, and for a line of more than 8 KiB: after each of these there
  /// is no more to be understood.
  char* line();

 private:
  int fd_;
  std::size_t start_ = 0, end_ = 0;  // what was read and not yet handed out
  char bytes_[8192] = "";
};

}  // namespace probe
