// Processes are counted by cgroups(7) (pids.max) and by setrlimit(2) (RLIMIT_NPROC); without either there is
// no end.

#include "child.h"
#include "probe.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {{
    .id = "fork-bomb",
    .cls = "limits",
    .guarantee = "limits.pids",
    .summary = "start more processes than a sandbox may have",
    .technique =
        "Starts children one after another until the kernel refuses one (EAGAIN) or the number is reached "
        "that the harness asked for, at most 4096. Each child only waits; all are gone when the probe ends, "
        "in whatever way it ends. A sandbox without a limit lets anybody fill the process table of the "
        "whole host.",
    .references = {"fork(2)", "cgroups(7)", "setrlimit(2)", "https://attack.mitre.org/techniques/T1499/001/"},
    .attempts = {{"fork", {"EAGAIN"}}},
    .witness = {"processes"},
    .opening = {"limits.pids=max", "rlimits.nproc=inherit"},
    .remedy =
        "Set pids.max on the sandbox's cgroup. RLIMIT_NPROC does not replace it: it counts the processes of "
        "a user, not of a sandbox, and does not bind root.",
    .attack = attack,
}};

namespace {

constexpr long most = 4096;

/// Children that wait until they are released; released and reaped at the end.
struct Children {
  Pipe release;
  long pids[most];
  long count = 0;

  Result start() {
    Result child = start_child([&] {
      release.write.reset();  // or the child would keep its own pipe open
      wait_until_closed(release.read);
    });
    if (child) pids[count++] = child.value;
    return child;
  }

  ~Children() {
    release.write.reset();
    while (count > 0) wait_child(pids[--count]);
  }
};

}  // namespace

static void attack(const Order& order) {
  long wanted = order.number("count", 1, most);
  Children children;
  Result last;
  while (last && children.count < wanted) last = children.start();

  attempt("fork", Text("clone(SIGCHLD), ", wanted, " times"), last);
  because(Text(children.count, " of ", wanted, " processes started", last ? "" : ", then ",
               last ? Text() : answer(last)));
  hold();  // the harness counts the children while they run
}

}  // namespace probe
