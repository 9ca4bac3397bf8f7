// What every benchmark runs: the smallest program that exits with 0. No C library, one page, one system call,
// so that what is measured is the way it was started.

#include "sys.h"

extern "C" [[noreturn]] void _start() {
  for (;;) isolator::sys::call(SYS_exit_group, 0);
}
