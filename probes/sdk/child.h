#pragma once

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "fd.h"
#include "probe.h"

namespace probe {

/// Both ends of a pipe.
struct Pipe {
  Fd read, write;

  /// Ends the probe, undecided, where there is no pipe to be had.
  Pipe() {
    int ends[2] = {-1, -1};
    Result made = sys(SYS_pipe2, ends, 0);
    if (!made) {
      step("pipe2()", made);
      stop("no pipe to speak with a child");
    }
    read.reset(ends[0]);
    write.reset(ends[1]);
  }
};

/// Starts `body` in a child and hands back its pid; the child exits with 0 when `body` returns.
///
/// A child must not outlive the probe, however that ends. The kernel kills it when the probe dies
/// (PR_SET_PDEATHSIG), but not if the probe died before the child has asked for it, nor where a filter
/// forbids prctl(2); so `body` shall also end when a pipe that only the probe holds is closed. The child
/// gives up the conversation: the harness must see the end of the probe's output, and nobody else may speak
/// for it.
template <typename Body>
Result start_child(Body body) {
  Result child = sys(SYS_clone, SIGCHLD);  // all other arguments 0: a fork(2), on every architecture
  if (!child || child.value != 0) return child;
  sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  sys(SYS_close, 0);
  sys(SYS_close, 1);
  body();
  exit_now(0);
}

/// Waits until a child has ended; its wait(2) status.
inline int wait_child(long pid) {
  int status = 0;
  Result result = sys(SYS_wait4, pid, &status, 0, nullptr);
  while (!result && result.error == EINTR) result = sys(SYS_wait4, pid, &status, 0, nullptr);
  return result ? status : -1;
}

/// What a child did in place of the probe.
struct ChildEnd {
  Result result;   ///< that it told
  int status = 0;  ///< wait(2) status
  bool told = false;
};

/// Runs `body`, which returns a Result, in a child: for a call that would change the probe itself. Ends the
/// probe, undecided, where there is no child to be had.
template <typename Body>
ChildEnd in_child(Body body) {
  Pipe pipe;
  Result child = start_child([&] {
    Result result = body();
    sys(SYS_write, pipe.write.get(), &result, sizeof result);
  });
  if (!child) {
    step("clone(SIGCHLD)", child);
    stop("no child to do it in");
  }
  pipe.write.reset();
  ChildEnd end;
  end.told = sys(SYS_read, pipe.read.get(), &end.result, sizeof end.result).value == long{sizeof end.result};
  end.status = wait_child(child.value);
  return end;
}

/// Reports the call that a child made: what it told, or the signal that ended it first.
inline Result attempt(std::string_view name, std::string_view call, const ChildEnd& end) {
  if (end.told) return attempt(name, call, end.result);
  if (!WIFSIGNALED(end.status)) stop(Text("the child that called ", call, " said nothing"));
  attempt(name, call, signal_name(WTERMSIG(end.status)));
  return {-1, EINTR};
}

/// Waits until the other side has closed the pipe.
inline void wait_until_closed(const Fd& read_end) {
  char byte;
  for (;;) {
    Result result = sys(SYS_read, read_end.get(), &byte, 1);
    if (result && result.value == 0) return;
    if (!result && result.error != EINTR) return;
  }
}

}  // namespace probe
