#pragma once

// Children that make one call after the other. What they are told stands in memory that they share with the
// probe, so that a child that a filter kills has told of all calls before, and another goes on with the next.

#include <sys/mman.h>
#include <sys/time.h>

#include "child.h"

namespace probe {

/// What became of one call.
struct Reply {
  Result result;
  int signal = 0;  ///< that ended the caller in it; SIGALRM where the call waited
  bool made = false;
};

inline Text answer(const Reply& reply) {
  return reply.signal != 0 ? signal_name(reply.signal) : answer(reply.result);
}

/// For as many calls as any table has, and four tables.
struct Board {
  static constexpr int most = 512;
  int at;  ///< which call is being made; -1: none yet
  Reply native[most], i386[most], x32[most], ring[most];
};

/// Ends the probe, undecided, where there is no memory to share.
inline Board& new_board() {
  Result memory =
      sys(SYS_mmap, nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (!memory) {
    step("mmap(MAP_SHARED)", memory);
    stop("no memory to share with a child");
  }
  return *reinterpret_cast<Board*>(memory.value);
}

/// Makes the calls `first` to `count - 1` that are `wanted`, in children; `make(i)` makes one, which may end
/// its caller. A call that waits for longer than a second is ended, by a timer that is set anew now and then.
template <typename Wanted, typename Make>
void make_calls(Board& board, Reply* replies, int first, int count, Wanted wanted, Make make) {
  bool timed = true;
  for (int next = first; next < count;) {
    board.at = -1;
    Result child = start_child([&] {
      for (int i = next; i < count; ++i) {
        const itimerval second{{}, {1, 0}};
        if (timed && (i - next) % 16 == 0) sys(SYS_setitimer, ITIMER_REAL, &second, nullptr);
        board.at = i;
        if (!wanted(i)) continue;
        const Result result = make(i);
        replies[i] = {result, 0, true};
      }
      board.at = count;
    });
    if (!child) {
      step("clone(SIGCHLD)", child);
      stop("no child to make the calls");
    }
    const int status = wait_child(child.value);
    if (board.at == count) return;
    if (WIFSIGNALED(status) && board.at >= next) {
      replies[board.at] = {{-1, EINTR}, WTERMSIG(status), true};
      next = board.at + 1;
    } else if (timed) {
      timed = false;  // the filter ends who sets a timer
    } else {
      stop("the child that was to make the calls ended before the first");
    }
  }
}

}  // namespace probe
