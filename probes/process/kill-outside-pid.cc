// A pid is a name in a pid namespace: who has no name for a process cannot signal it.

#include <signal.h>

#include "probe.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {{
    .id = "kill-outside-pid",
    .cls = "process",
    .guarantee = "process.signal",
    .summary = "signal a process outside by its host pid",
    .technique =
        "Sends SIGURG, which a process ignores unless it asked for it, to a process of the host: with "
        "kill(2), with rt_sigqueueinfo(2) and through a pidfd. In a pid namespace of its own the number "
        "means nothing (ESRCH); without one only the user id protects the process (EPERM), and root may "
        "signal everything.",
    .references = {"kill(2)", "pidfd_send_signal(2)", "pid_namespaces(7)", "CIS Docker Benchmark 5.16"},
    // No Linux lacks kill or rt_sigqueueinfo, so ENOSYS is a filter's word; one that lacks the pidfd calls
    // (before 5.3) has no such way out.
    .attempts = {{"sigqueue", {"ESRCH", "EPERM", "ENOSYS"}},
                 {"pidfd", {"ESRCH", "EPERM", "ENOSYS"}},
                 {"kill", {"ESRCH", "EPERM", "ENOSYS"}}},
    .witness = {"victim"},
    .opening = {"namespaces.new-=pid"},
    .remedy = "Give the sandbox a pid namespace of its own, and a user id that owns nothing outside.",
    .attack = attack,
}};

static void attack(const Order& order) {
  long victim = order.number("victim", 1, INT_MAX);
  siginfo_t info{};
  info.si_signo = SIGURG;
  info.si_code = SI_QUEUE;
  info.si_value.sival_int = static_cast<int>(order.number("value", 0, INT_MAX));

  step(Text("kill(", victim, ", 0)"), sys(SYS_kill, victim, 0));

  // A signal that is still pending swallows the next one of its kind: those that carry the value go first.
  attempt("sigqueue", Text("rt_sigqueueinfo(", victim, ", SIGURG)"),
          sys(SYS_rt_sigqueueinfo, victim, SIGURG, &info));

  Text open("pidfd_open(", victim, ")");
  Result opened = sys(SYS_pidfd_open, victim, 0);
  if (opened) {
    Fd pidfd(step(open, opened));
    attempt("pidfd", Text("pidfd_send_signal(", open, ", SIGURG)"),
            sys(SYS_pidfd_send_signal, pidfd.get(), SIGURG, &info, 0));
  } else {
    attempt("pidfd", open, opened);
  }

  attempt("kill", Text("kill(", victim, ", SIGURG)"), sys(SYS_kill, victim, SIGURG));
}

}  // namespace probe
