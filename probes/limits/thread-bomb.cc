// To the kernel a thread is a task like any other, and pids.max counts it; so does RLIMIT_NPROC. Who counts
// processes alone has left it out.

#include "probe.h"
#include "thread.h"

namespace probe {
namespace {

constexpr long most = 4096;

}  // namespace

constinit const Probes probes = {{
    .id = "thread-bomb",
    .cls = "limits",
    .guarantee = "limits.pids",
    .summary = "start more threads than a sandbox may have",
    .technique =
        "Starts threads that only wait, one after another, until the kernel refuses one (EAGAIN) or the "
        "number is reached that the harness asked for, at most 4096. They end with the probe.",
    .references = {"clone(2), CLONE_THREAD", "cgroups(7)", "setrlimit(2)"},
    .attempts = {{"clone", {"EAGAIN"}}},
    .witness = {"processes"},
    .opening = {"limits.pids=max", "rlimits.nproc=inherit"},
    .remedy = "Set pids.max on the sandbox's cgroup: it counts tasks, and threads are tasks.",
    .attack =
        [](const Order& order) {
          long wanted = order.number("count", 1, most), count = 0;
          Result last;
          while (count < wanted && (last = start_idle_thread())) ++count;
          attempt("clone", Text("clone(CLONE_THREAD), ", wanted, " times"), last);
          because(Text(count, " of ", wanted, " threads started"));
          hold();
        },
}};

}  // namespace probe
