#pragma once

#include <sched.h>

#include "sys.h"

namespace probe {

/// Starts a thread of this process that waits until the process ends. It has no stack of its own, and calls
/// nothing but ppoll(NULL, 0, NULL, NULL), which waits for ever.
inline Result start_idle_thread() {
  constexpr long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
#if defined(__x86_64__)
  long value = SYS_clone;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile(
      "syscall\n"
      "test %%rax, %%rax\n"
      "jnz 2f\n"
      "1: mov %[wait], %%eax\n"
      "xor %%edi, %%edi\n"
      "syscall\n"
      "jmp 1b\n"
      "2:"
      : "+a"(value)
      : "D"(flags), "S"(0L), "d"(0L), "r"(r10), "r"(r8), [wait] "i"(SYS_ppoll)
      : "rcx", "r11", "memory");
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = SYS_clone;
  register long x0 __asm__("x0") = flags;
  register long x1 __asm__("x1") = 0;
  register long x2 __asm__("x2") = 0;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  __asm__ volatile(
      "svc 0\n"
      "cbnz x0, 2f\n"
      "1: mov x8, %[wait]\n"
      "mov x0, xzr\n"
      "svc 0\n"
      "b 1b\n"
      "2:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [wait] "i"(SYS_ppoll)
      : "memory", "cc");
  long value = x0;
#endif
  if (value < 0 && value >= -4095) return {-1, static_cast<int>(-value), SYS_clone};
  return {value, 0, SYS_clone};
}

}  // namespace probe
