// The processor is given away in slices, and cpu.max says how many of them a sandbox gets in each period;
// cgroups(7). Without it whoever starts the most processes gets the most.

#include <sys/mman.h>
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

/// What the children tell each other, in memory that they share.
struct Pace {
  long used = 0;  ///< by all of them
  long last = 0;  ///< when one of them last ran
  long idle = 0;  ///< for how long none did, all such times together
};

/// Whoever is told to wait by a limit waits with all the others, for most of a period; who only has to share
/// is not kept waiting for so long.
constexpr long pause = 15 * ms;

void compute(Pace& pace, long enough, long end) {
  long told = 0;
  while (__atomic_load_n(&pace.used, __ATOMIC_RELAXED) < enough) {
    long used = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    __atomic_add_fetch(&pace.used, used - told, __ATOMIC_RELAXED);
    told = used;
    long now = nanoseconds(CLOCK_MONOTONIC);
    long before = __atomic_exchange_n(&pace.last, now, __ATOMIC_RELAXED);
    if (now - before > pause) __atomic_add_fetch(&pace.idle, now - before, __ATOMIC_RELAXED);
    if (now >= end) return;
  }
}

void compute_together(Pace& pace, long enough, long wall) {
  pace = {.last = nanoseconds(CLOCK_MONOTONIC)};
  long end = pace.last + wall;
  long pids[crowd];
  int count = 0;
  for (; count < crowd; ++count) {
    Result child = start_child([&] { compute(pace, enough, end); });
    if (!child) break;
    pids[count] = child.value;
  }
  if (count == 0) stop("no child to compute");
  for (int i = 0; i < count; ++i) wait_child(pids[i]);
}

}  // namespace

constinit const Probes probes = {{
    .id = "cpu-quota",
    .cls = "limits",
    .guarantee = "limits.cpu",
    .summary = "use more of the processors than a sandbox may",
    .technique =
        "Children compute for half a second, until they have used a third more, together, "
        "than the limit would let them. A sandbox without one takes the processors from everybody else.",
    .references = {"cgroups(7)", "CIS Docker Benchmark 5.12", "https://attack.mitre.org/techniques/T1496/"},
    .attempts = {{"compute", {"no effect"}}},
    .witness = {"alone", "processor"},
    .opening = {"limits.cpu=max"},
    .remedy =
        "Set cpu.max on the sandbox's cgroup. Priorities and RLIMIT_CPU do not replace it: the one is for "
        "those who wait, the other for a process, however long it runs.",
    .attack =
        [](const Order& order) {
          long wanted = order.number("cpu", 1, most * 1000) * ms, wall = order.number("wall", 1, 10000) * ms;
          Result mapped =
              sys(SYS_mmap, nullptr, sizeof(Pace), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
          if (!mapped) stop("no memory to share with children");
          Pace& pace = *reinterpret_cast<Pace*>(mapped.value);
          // Where others keep the processors busy, neither shows; so it is tried again.
          Text told;
          for (int round = 0; round < 5; ++round) {
            compute_together(pace, wanted, wall);
            told = Text("used ", pace.used / ms, " of ", wanted / ms, " ms, and nobody ran for ",
                        pace.idle / ms, " ms");
            bool passed = pace.used >= wanted;
            if (!passed && pace.idle < wall / 5) continue;
            attempt("compute", Text("compute for ", wanted / ms, " ms"), passed ? "ok" : "no effect");
            because(told);
            return;
          }
          stop(Text(told, ": others kept the processors busy"));
        },
}};

}  // namespace probe
