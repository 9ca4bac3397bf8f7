#pragma once

#include "sys.h"

namespace probe {

/// Owns a file descriptor; -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  /// Of a call that returns one: Fd file(sys(SYS_openat, ...)). None if the call failed.
  explicit Fd(Result result) : number_(result ? static_cast<int>(result.value) : -1) {}
  Fd(Fd&& other) noexcept : number_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  int release() {
    int number = number_;
    number_ = -1;
    return number;
  }
  void reset(int number = -1) {
    if (number_ >= 0) sys(SYS_close, number_);
    number_ = number;
  }

 private:
  int number_ = -1;
};

}  // namespace probe
