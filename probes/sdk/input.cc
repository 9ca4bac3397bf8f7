#include "input.h"

#include <errno.h>

#include <cstring>

#include "sys.h"

namespace probe {

char* Input::line() {
  for (;;) {
    char* first = bytes_ + start_;
    if (void* newline = std::memchr(first, '\n', end_ - start_)) {
      *static_cast<char*>(newline) = '\0';
      start_ = static_cast<std::size_t>(static_cast<char*>(newline) - bytes_) + 1;
      return first;
    }
    std::memmove(bytes_, first, end_ - start_);
    end_ -= start_;
    start_ = 0;
    if (end_ == sizeof bytes_) return nullptr;
    Result result = sys(SYS_read, fd_, bytes_ + end_, sizeof bytes_ - end_);
    if (!result && result.error == EINTR) continue;
    if (!result || result.value == 0) return nullptr;
    end_ += static_cast<std::size_t>(result.value);
  }
}

}  // namespace probe
