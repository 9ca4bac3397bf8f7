// Processes that want to be there when the sandbox is gone. In a pid namespace of their own they cannot: when
// its first process ends, the kernel kills the rest. Each of these ends by itself after a while, in case that
// nobody does.

#include <sched.h>
#include <sys/prctl.h>
#include <time.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a pid namespace of its own, and kill that; or a cgroup, and kill all that is in it.";

/// Of a process that has nobody to speak with any more, by a name that the harness knows it by.
[[noreturn]] void stay_for_a_while(const char* name) {
  sys(SYS_prctl, PR_SET_NAME, name);
  for (int file = 0; file < 64; ++file) sys(SYS_close, file);
  timespec while_it_is_looked_for{10, 0};
  sys(SYS_nanosleep, &while_it_is_looked_for, nullptr);
  exit_now(0);
}

}  // namespace

constinit const Probes probes = {
    {.id = "subreaper-escape",
     .cls = "process",
     .guarantee = "process.lifetime",
     .summary = "leave a process behind, as a daemon does",
     .technique = "A child leaves its session, starts another and ends, so that this has neither a parent "
                  "nor a terminal; it sleeps for 10 seconds. The harness looks whether it is there when the "
                  "sandbox is gone, and ends it.",
     .references = {"daemon(7)", "pid_namespaces(7)"},
     .attempts = {{"clone", {"EAGAIN"}, {"ok"}, {}, "pid"}},
     .witness = {"outlives"},
     .opening = {"namespaces.new-=pid"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           const char* name = order.text("name");
           attempt("clone", "setsid(), clone(), in a child that ends", in_child([&] {
                     sys(SYS_setsid);
                     Result started = sys(SYS_clone, SIGCHLD);
                     if (started && started.value == 0) stay_for_a_while(name);
                     return started;
                   }));
         }},
    {.id = "pdeathsig-clear",
     .cls = "process",
     .guarantee = "process.lifetime",
     .summary = "stay when the parent dies, though told to go with it",
     .technique = "A process that is to be killed when its parent ends takes that back by prctl(2); the "
                  "parent ends, and it sleeps for 10 seconds. The harness looks whether it is there when the "
                  "sandbox is gone, and ends it.",
     .references = {"PR_SET_PDEATHSIG(2const)", "pid_namespaces(7)"},
     .attempts = {{"prctl", {"EPERM"}, {"ok"}, {}, "pid"}},
     .witness = {"outlives"},
     .opening = {"namespaces.new-=pid"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           const char* name = order.text("name");
           attempt("prctl", "prctl(PR_SET_PDEATHSIG, 0), in a child of a child that ends", in_child([&] {
                     Pipe pipe;
                     Result cleared = sys(SYS_clone, SIGCHLD);
                     if (cleared && cleared.value == 0) {
                       sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
                       cleared = sys(SYS_prctl, PR_SET_PDEATHSIG, 0);
                       sys(SYS_write, pipe.write.get(), &cleared, sizeof cleared);
                       stay_for_a_while(name);
                     }
                     pipe.write.reset();
                     if (cleared) sys(SYS_read, pipe.read.get(), &cleared, sizeof cleared);
                     return cleared;
                   }));
         }},
    {.id = "clone-parent-sibling",
     .cls = "process",
     .guarantee = "process.lifetime",
     .summary = "give a process to the one who started the sandbox",
     .technique = "Asks clone(2) for a child that is its parent's, CLONE_PARENT; it ends at once. Who counts "
                  "only the children of what was started misses it. The first process of a pid namespace may "
                  "not do that (EINVAL).",
     .references = {"clone(2), CLONE_PARENT", "pid_namespaces(7)"},
     .attempts = {{"clone", {"EINVAL"}, {"ok"}, {}, "pid"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=pid"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           Result made = sys(SYS_clone, CLONE_PARENT | SIGCHLD);
           if (made && made.value == 0) exit_now(0);
           attempt("clone", "clone(CLONE_PARENT)", made);
         }},
};

}  // namespace probe
