// The processor is given away in slices, and cpu.max says how many of them a sandbox gets in each period;
// cgroups(7). Without it whoever starts the most processes gets the most.

#include <sys/resource.h>
#include <time.h>

#include "child.h"
#include "probe.h"

namespace probe {
namespace {

constexpr long most = 64;  // processors that are asked for
constexpr long ms = 1000000;
constexpr int crowd = 16;  // so that work of others beside it does not look like a limit

long nanoseconds(int clock) {
  timespec now{};
  sys(SYS_clock_gettime, clock, &now);
  return now.tv_sec * 1000 * ms + now.tv_nsec;
}

/// Of all children that have ended.
long used_by_children() {
  rusage usage{};
  sys(SYS_getrusage, RUSAGE_CHILDREN, &usage);
  const auto in_nanoseconds = [](const timeval& time) {
    return time.tv_sec * 1000 * ms + time.tv_usec * 1000;
  };
  return in_nanoseconds(usage.ru_utime) + in_nanoseconds(usage.ru_stime);
}

}  // namespace

constinit const Probes probes = {{
    .id = "cpu-quota",
    .cls = "limits",
    .guarantee = "limits.cpu",
    .summary = "use more of the processors than a sandbox may",
    .technique =
        "Sixteen children compute for a second at most, until they have used a third more, together, "
        "than the limit would let them. A sandbox without one takes the processors from everybody else.",
    .references = {"cgroups(7)", "CIS Docker Benchmark 5.12", "https://attack.mitre.org/techniques/T1496/"},
    .attempts = {{"compute", {"no effect"}}},
    .witness = {"processor"},
    .opening = {"limits.cpu=max"},
    .remedy =
        "Set cpu.max on the sandbox's cgroup. Priorities and RLIMIT_CPU do not replace it: the one is for "
        "those who wait, the other for a process, however long it runs.",
    .attack =
        [](const Order& order) {
          long wanted = order.number("cpu", 1, most * 1000) * ms;
          long end = nanoseconds(CLOCK_MONOTONIC) + order.number("wall", 1, 10000) * ms;
          long pids[crowd];
          int count = 0;
          for (; count < crowd; ++count) {
            Result child = start_child([&] {
              while (nanoseconds(CLOCK_THREAD_CPUTIME_ID) < wanted / crowd &&
                     nanoseconds(CLOCK_MONOTONIC) < end) {
              }
            });
            if (!child) break;
            pids[count] = child.value;
          }
          if (count == 0) stop("no child to compute");
          for (int i = 0; i < count; ++i) wait_child(pids[i]);
          long used = used_by_children();
          attempt("compute", Text("compute for ", wanted / ms, " ms"), used >= wanted ? "ok" : "no effect");
          because(Text("used ", used / ms, " of ", wanted / ms, " ms in time"));
        },
}};

}  // namespace probe
