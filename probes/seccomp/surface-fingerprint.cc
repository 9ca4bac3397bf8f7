// What a filter refuses by number, a program may have by another entry of the kernel: int $0x80 and the
// numbers of x32 on x86-64, and the requests of io_uring everywhere. So each call is made by each, with
// arguments with which it does nothing, and the answers are laid side by side.

#include "entries.h"
#include "i386.h"
#include "ring.h"

namespace probe {
namespace {

template <int size, typename Wanted, typename Call>
void make_all(Board& board, Reply* replies, const SystemCallNumber (&calls)[size], Wanted wanted, Call call) {
  static_assert(size <= Board::most);
  const SafeCalls* safe[size];
  for (int i = 0; i < size; ++i) safe[i] = safe_arguments(calls[i].name);
  make_calls(
      board, replies, 0, size,
      [&](int i) { return safe[i] != nullptr && safe[i]->never == nullptr && wanted(calls[i].name); },
      [&](int i) { return call(calls[i].number, safe[i]->arguments); });
}

// One line for each call that was made, for `escapement surface`.
template <int size>
void list(const char* by, const Reply* replies, const SystemCallNumber (&calls)[size]) {
  for (int i = 0; i < size; ++i) {
    const SafeCalls* safe = safe_arguments(calls[i].name);
    const Text call(calls[i].name, " by ", by);
    if (safe == nullptr)
      step(Text(call, "; nobody has thought about it"), "no effect");
    else if (safe->never != nullptr)
      step(Text(call, "; never made: ", safe->never), "no effect");
    else
      step(call, answer(replies[i]).view());
  }
}

Result native_call(int number, const long (&with)[6]) {
  return sys(number, with[0], with[1], with[2], with[3], with[4], with[5]);
}

void ask_natively(Board& board, Asked asked) {
  make_all(
      board, board.native, native_calls, [](const char*) { return true; }, native_call);
  if (asked.map) list("native", board.native, native_calls);
}

void ask_by_io_uring(Board& board, Asked asked) {
  constexpr int count = sizeof ring_calls / sizeof *ring_calls;
  static_assert(count < Board::most);
  Ring ring;
  bool ready = false;
  const auto make = [&](int i) {  // the last is the ring itself
    Result entered = ready ? Result{} : ring.setup();
    if (!entered || i == count) return entered;
    ready = true;
    const Result completed = ring.make(ring_calls[i], entered);
    return entered ? completed : entered;
  };
  const auto all = [](int) { return true; };
  make_calls(board, board.ring, count, count + 1, all, make);
  const Reply& made = board.ring[count];
  if (made.signal != 0 || !made.result) return report("io_uring", Text("io_uring_setup(4)"), made);
  make_calls(board, board.ring, 0, count, all, make);
  const Reply& entered = board.ring[0];
  if (entered.signal != 0 || entered.result.number >= 0)
    return report("io_uring", Text("io_uring_enter(1)"), entered);

  // What a tracer can see is that the ring was entered; what came out of it, it cannot.
  const Result seen{1, 0, SYS_io_uring_enter};
  Entry entry{"io_uring"};
  for (int i = 0; i < count; ++i) {
    if (asked.map) step(Text(ring_calls[i].native, " by io_uring"), answer(board.ring[i]).view());
    if (!asked.filtered || !compare(entry, board, ring_calls[i].native, board.ring[i]) ||
        (!asked.map && entry.shown++ >= few))
      continue;
    attempt("io_uring",
            words(ring_calls[i].native, "io_uring", entry.sample_native).add(": ").add(answer(board.ring[i])),
            seen);
  }
  if (entry.refused > 0 && entry.reached == 0)
    attempt("io_uring", words(entry.sample_call, "io_uring", entry.sample_native), "no effect", seen);
  if (asked.filtered) say_how_many(entry);
}

#if defined(__x86_64__)
void ask_by_i386(Board& board, Asked asked) {
  const auto call = [](int number, const long(&with)[6]) {
    const auto low = [&](int i) { return static_cast<int>(with[i]); };
    return sys_i386(number, low(0), low(1), low(2), low(3), low(4));
  };
  const ChildEnd end = in_child([] { return sys_i386(20 /* getpid */); });
  if (!end.told && WIFSIGNALED(end.status) && WTERMSIG(end.status) == SIGSEGV) {
    attempt("i386", "getpid by i386", end);
    return;
  }
  // A filter that ends its caller costs a child for each.
  const auto wanted = [&](const char* name) { return asked.map || refused_natively(board, name); };
  make_all(board, board.i386, i386_calls, wanted, call);
  if (asked.map) list("i386", board.i386, i386_calls);
  judge("i386", board, board.i386, i386_calls, asked);
}

// Most kernels are built without it.
void ask_by_x32(Board& board, Asked asked) {
  const ChildEnd end = in_child([] { return sys(x32_calls[find(x32_calls, "getpid")].number); });
  if (end.told && end.result.error == ENOSYS) {
    step("getpid by x32", end.result);
    return;
  }
  const auto wanted = [&](const char* name) { return asked.map || refused_natively(board, name); };
  make_all(board, board.x32, x32_calls, wanted, native_call);
  if (asked.map) list("x32", board.x32, x32_calls);
  judge("x32", board, board.x32, x32_calls, asked);
}
#endif

bool has_filter() {
  const ChildEnd end = in_child([] { return sys(SYS_prctl, PR_GET_SECCOMP); });
  return !end.told || (!end.result && end.result.error != EINVAL) || end.result.value != 0;
}

// Above the numbers of the headers that this was built with nothing is tried: what a new call does with such
// arguments, nobody has read.
void ask_by_each(const Order& order) {
  const Asked asked{order.find("map") != nullptr, has_filter()};
  if (!asked.filtered && !asked.map) stop_for_want_of("no filter is there that could refuse anything");
  Board& board = new_board();
  ask_natively(board, asked);
#if defined(__x86_64__)
  ask_by_i386(board, asked);
  ask_by_x32(board, asked);
#endif
  ask_by_io_uring(board, asked);
  if (!asked.filtered) stop_for_want_of("no filter is there that could refuse anything");
}

}  // namespace

constinit const Probes probes = {{
    .id = "seccomp-surface-fingerprint",
    .cls = "seccomp",
    .guarantee = "seccomp.entries",
    .summary = "reach what the filter refuses by another entry of the kernel",
    .technique =
        "Makes every system call with arguments with which it does nothing, in children: first natively, "
        "then by "
        "int $0x80 and by the numbers of x32 (on x86-64), and by the requests of io_uring. Where a call is "
        "refused natively, and another entry answers as who was let in is answered (EFAULT, EBADF, EINVAL, "
        "...), the filter stands beside the way. What a capability is lacking for is EPERM by every entry, "
        "and "
        "does not count. A tracer does not see what comes out of a ring: there the step that it has seen is "
        "io_uring_enter(2).",
    .references = {"seccomp(2), Caveats", "syscall(2)", "io_uring_enter(2)"},
    .attempts =
        {
#if defined(__x86_64__)
            {"i386", refusals, let_in, {"SIGSEGV"}},
            {"x32", refusals, let_in, {"ENOSYS"}},
#endif
            {"io_uring", {"SIGSYS", "EPERM", "EACCES", "ENOSYS", "no effect"}, {"ok"}, {"ENOSYS"}},
        },
    .witness = {"trace"},
#if defined(__x86_64__)
    .opening = {"seccomp.other_architectures=allow"},
#else
    .opening = {"seccomp.allow+=[\"io_uring_setup\", \"io_uring_enter\"]", "rlimits.memlock=inherit"},
#endif
    .remedy =
        "Let the filter end whoever calls by another architecture, x32 included, and leave the io_uring "
        "calls out of its list.",
    .attack = ask_by_each,
}};

}  // namespace probe
