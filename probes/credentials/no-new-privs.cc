// With no_new_privs an execve(2) gives nothing: no set-user-ID, no file capabilities; and it stays, through
// every fork and exec.

#include <sys/prctl.h>

#include "probe.h"

namespace probe {

constinit const Probes probes = {{
    .id = "nnp-set",
    .cls = "credentials",
    .guarantee = "credentials.no-new-privs",
    .summary = "gain privileges by running a program",
    .technique = "Asks whether no_new_privs is set. Without it the next set-user-ID program, sudo among "
                 "them, runs with the "
                 "rights of its owner, and one mistake in it is enough.",
    .references = {"prctl(2), PR_SET_NO_NEW_PRIVS", "CIS Docker Benchmark 5.26"},
    .attempts = {{"execve", {"no effect"}}},
    .witness = {"status NoNewPrivs: 0"},
    // Without the privilege to load a filter it takes no_new_privs, so the filter goes as well: seccomp(2).
    .opening = {"process.no_new_privs=false", "seccomp.mode=off"},
    .remedy = "Set no_new_privs.",
    .attack =
        [](const Order&) {
          Result set = step("prctl(PR_GET_NO_NEW_PRIVS)", sys(SYS_prctl, PR_GET_NO_NEW_PRIVS));
          if (!set) stop("it cannot be asked");
          attempt("execve", Text("prctl(PR_GET_NO_NEW_PRIVS) = ", set.value),
                  set.value == 0 ? "ok" : "no effect");
        },
}};

}  // namespace probe
