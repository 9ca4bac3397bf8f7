// Between clone and exec. This process shares its parent's memory, so it may not touch libc, the heap,
// thread-local storage (errno!) or anything that a sanitizer watches: it reads the plan, makes raw system
// calls and writes into Shared.

#include "child.h"

#include "sys.h"

#include <linux/futex.h>
#include <time.h>

#include <cerrno>

namespace isolator {
namespace {

// How often a child that waits looks whether its parent is there.
constexpr timespec look_again{0, 100'000'000};

[[gnu::always_inline]] inline std::int64_t now() noexcept {
  timespec t{};
  sys::call(SYS_clock_gettime, CLOCK_MONOTONIC, long(&t));
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

[[gnu::always_inline]] inline void reset_signals() noexcept {
  struct {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    unsigned long mask;
  } action{};  // the kernel's own layout; all zero is SIG_DFL
  for (int signal = 1; signal <= 64; ++signal)
    sys::call(SYS_rt_sigaction, signal, long(&action), 0, 8);  // EINVAL: SIGKILL, SIGSTOP
}

[[gnu::always_inline]] inline void name_descriptor(long fd, unsigned char* out) noexcept {
  constexpr char head[] = "/proc/self/fd/";
  __builtin_memcpy(out, head, sizeof head - 1);
  out += sizeof head - 1;
  for (long rest = fd; rest > 9; rest /= 10) ++out;
  out[1] = 0;
  for (; fd > 9; fd /= 10) *out-- = '0' + fd % 10;
  *out = '0' + fd;
}

// Who died before PR_SET_PDEATHSIG was set has left this mark before: see Presence.
[[gnu::always_inline]] inline bool parent_is_there(const Shared& s) noexcept {
  return (__atomic_load_n(&s.presence.__data.__lock, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED) == 0;
}

// 0, or ESRCH where the parent is gone.
[[gnu::always_inline]] inline long await_parent(Shared& s, std::uint32_t wait,
                                                const timespec* look) noexcept {
  __atomic_store_n(&s.state, wait, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&s.go, __ATOMIC_SEQ_CST) >= wait) return 0;
  sys::call(SYS_futex, long(&s.state), FUTEX_WAKE, 1);
  for (;;) {
    const std::uint32_t go = __atomic_load_n(&s.go, __ATOMIC_SEQ_CST);
    if (go >= wait) return 0;
    if (!parent_is_there(s)) return -ESRCH;
    sys::call(SYS_futex, long(&s.go), FUTEX_WAIT, go, long(look));
  }
}

// False where one failed, which then stands in `s`.
bool make(Shared& s, std::uint32_t i, std::uint32_t end) noexcept {
  const std::int64_t born = now();
  s.spent[std::size_t(Step::clone)] += born - s.began;
  s.began = born;
  int err = 0;
  bool has_clock = true;  // it is a call like any other: a filter that does not allow it would kill the child
  for (Step step = Step::clone; i < end; ++i) {
    const Op& op = s.ops[i];
    if (op.step != step && has_clock) {
      const std::int64_t at = now();
      s.spent[std::size_t(step)] += at - s.began;
      s.began = at;
      step = op.step;
    }
    if (op.kind == Op::Kind::jump) {
      i += op.skip;
      continue;
    }
    long result = 0;
    if (op.kind == Op::Kind::await) {
      result = await_parent(s, std::uint32_t(op.arg[0]), &look_again);
    } else if (op.kind == Op::Kind::check_parent) {
      result = parent_is_there(s) ? 0 : -ESRCH;
    } else if (op.kind == Op::Kind::hold) {
      if (!s.hold) continue;
      __atomic_store_n(&s.held, true, __ATOMIC_SEQ_CST);
      await_parent(s, std::uint32_t(op.arg[0]), nullptr);  // who dies first is told by PR_SET_PDEATHSIG
    } else if (op.kind == Op::Kind::reset) {
      reset_signals();
    } else if (op.kind == Op::Kind::name) {
      name_descriptor(s.registers[op.arg[0]], s.scratch);
    } else {
      long arg[6];
      for (int a = 0; a < 6; ++a) arg[a] = (op.registers >> a) & 1 ? s.registers[op.arg[a]] : op.arg[a];
      result = sys::call(op.nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
      if (op.nr == SYS_seccomp) has_clock = s.lets_wait;
    }
    if (sys::failed(result)) {
      err = int(-result);
      if (err != op.tolerated[0] && err != op.tolerated[1]) break;
      i += op.skip;
    } else if (op.check != nullptr && !op.check(s.scratch)) {
      err = EPERM;
      break;
    }
    if (op.into >= 0) s.registers[op.into] = result;
  }
  if (i == end) return true;
  s.err = err;
  s.failed_op = std::int32_t(i);
  return false;
}

}  // namespace

void run_child(void* shared) noexcept {
  Shared& s = *static_cast<Shared*>(shared);
  make(s, s.first, s.count);
  for (;;) sys::call(SYS_exit_group, 127);
}

// The kernel clears and wakes `state` for the child, whose memory this process shares as long as it lives
// (mm_release in Linux's kernel/fork.c), and for which it waits (CLONE_VFORK). For itself nobody does.
void run_joiner(void* shared) noexcept {
  Shared& s = *static_cast<Shared*>(shared);
  if (make(s, 0, s.first)) {
    const long pid = sys::clone3(s.child, run_child, &s);
    if (!sys::failed(pid)) sys::call(SYS_exit_group, 0);
    s.clone_error = std::int32_t(-pid);
  }
  __atomic_store_n(&s.state, 0, __ATOMIC_SEQ_CST);
  sys::call(SYS_futex, long(&s.state), FUTEX_WAKE, 1);
  for (;;) sys::call(SYS_exit_group, 127);
}

}  // namespace isolator
