#pragma once

#include <sys/syscall.h>

#include <type_traits>

namespace probe {

/// What the kernel answered to a system call: a value, or an errno.
struct Result {
  long value = 0;
  int error = 0;      ///< 0: the call passed
  long number = -1;   ///< of the system call; -1: this is no call's
  bool i386 = false;  ///< it was made by int $0x80

  explicit operator bool() const { return error == 0; }
};

namespace detail {

// By hand, because libc changes what is called: its fork(2) runs handlers, its wrappers pick other calls than
// their name says, and errno is a thread-local that a raw clone(2) would share. man 2 syscall has the
// registers.
inline long syscall6(long number, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long value;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(value)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return value;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory", "cc");
  return x0;
#else
#error "raw system calls are written for x86-64 and aarch64 only"
#endif
}

template <typename T>
long word(T argument) {
  if constexpr (std::is_null_pointer_v<T>)
    return 0;
  else if constexpr (std::is_pointer_v<T>)
    return reinterpret_cast<long>(argument);
  else
    return static_cast<long>(argument);
}

inline Result call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  long value = syscall6(number, a, b, c, d, e, f);
  // The kernel keeps the last page of the address space for errors: -4095 to -1.
  if (value < 0 && value >= -4095) return {-1, static_cast<int>(-value), number};
  return {value, 0, number};
}

}  // namespace detail

/// One raw system call: sys(SYS_kill, pid, SIGURG). Arguments that are not given are 0. EINTR is handed back
/// as any other errno.
template <typename... Arguments>
Result sys(long number, Arguments... arguments) {
  static_assert(sizeof...(arguments) <= 6);
  return detail::call(number, detail::word(arguments)...);
}

}  // namespace probe
