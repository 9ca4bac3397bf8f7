// A signal to 0 goes to every process of the group that the sender is in. A group has no border at a pid
// namespace: who was started in that of a shell reaches the whole pipeline.

#include <signal.h>

#include "probe.h"

constinit const probe::Probes probe::probes = {{
    .id = "kill-all-broadcast",
    .cls = "process",
    .guarantee = "process.signal",
    .summary = "signal everybody in the process group",
    .technique =
        "Sends SIGURG, which a process ignores unless it asked for it, to its process group. Numbers "
        "of processes outside mean nothing in a pid namespace, but nobody has to be named: the "
        "group is that of who started the sandbox, if nobody has made a new session.",
    .references = {"kill(2)", "setsid(2)", "credentials(7), Process group ID and session ID"},
    .attempts = {{.name = "kill", .denials = {"no effect"}, .scope = "group"}},
    .witness = {"victim group"},
    .opening = {"process.new_session=false"},
    .remedy = "Give the sandbox a session of its own.",
    .attack =
        [](const Order&) {
          long group = step("getpgid(0)", sys(SYS_getpgid, 0)).value, self = sys(SYS_getpid).value;
          Result sent = sys(SYS_kill, 0, SIGURG);
          if (sent && group == self) {
            attempt("kill", "kill(0, SIGURG), in a group of its own", "no effect");
            return;
          }
          attempt("kill", "kill(0, SIGURG)", sent);
        },
}};
