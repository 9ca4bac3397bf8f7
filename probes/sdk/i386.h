#pragma once

#include "sys.h"

namespace probe {

#if defined(__x86_64__)
/// A system call through the entry of 32-bit programs, int $0x80, where the numbers are those of i386. What
/// is above 4 GiB cannot be named there, so pointers are out. A sixth argument, in ebp, is whatever stands
/// there.
inline Result sys_i386(int number, int a = 0, int b = 0, int c = 0, int d = 0, int e = 0) {
  long value;
  __asm__ volatile("int $0x80"
                   : "=a"(value)
                   : "a"(long{number}), "b"(long{a}), "c"(long{b}), "d"(long{c}), "S"(long{d}), "D"(long{e})
                   : "r8", "r9", "r10", "r11", "memory");
  value = static_cast<int>(value);
  Result result = value < 0 && value >= -4095 ? Result{-1, static_cast<int>(-value)} : Result{value};
  result.number = number;
  result.i386 = true;
  return result;
}
#endif

}  // namespace probe
