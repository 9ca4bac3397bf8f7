#pragma once

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

// System calls without libc: no errno, no cancellation point, no sanitizer. The only calls that code may make
// which shares its memory with another process, as the child does between clone3(2) and execve(2): errno is
// the parent's there.

namespace isolator::sys {

#if defined(__x86_64__)

/// The kernel's own answer: a value, or -errno.
[[gnu::always_inline]] inline long call(long nr, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                                        long f = 0) noexcept {
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

/// clone3(2) with a stack of the child's own, on which it calls `entry(arg)`, which must not return. glibc
/// exports no wrapper, and its clone(2) cannot pass the flags beyond 32 bits.
[[gnu::always_inline]] inline long clone3(clone_args* args, void (*entry)(void*), void* arg) noexcept {
  long result;
  register void (*child_entry)(void*) asm("r12") = entry;
  register void* child_arg asm("r13") = arg;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov %[arg], %%rdi\n\t"
      "call *%[entry]\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(args), "S"(sizeof *args), [entry] "r"(child_entry), [arg] "r"(child_arg)
      : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

[[gnu::always_inline]] inline long call(long nr, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                                        long f = 0) noexcept {
  register long x8 asm("x8") = nr;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

[[gnu::always_inline]] inline long clone3(clone_args* args, void (*entry)(void*), void* arg) noexcept {
  register long x8 asm("x8") = SYS_clone3;
  register long x0 asm("x0") = long(args);
  register long x1 asm("x1") = sizeof *args;
  register void (*child_entry)(void*) asm("x19") = entry;
  register void* child_arg asm("x20") = arg;
  asm volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x0, %[arg]\n\t"
      "blr %[entry]\n\t"
      "brk #1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), [entry] "r"(child_entry), [arg] "r"(child_arg)
      : "memory");
  return x0;
}

#else
#error "no system call convention for this architecture"
#endif

constexpr bool failed(long result) { return result < 0 && result >= -4095; }

}  // namespace isolator::sys
