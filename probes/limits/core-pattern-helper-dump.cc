// What a process had in its memory is written down when it crashes: where, by whom and for whom, core(5)
// says.

#include <sys/resource.h>

#include "probe.h"

constinit const probe::Probes probe::probes = {{
    .id = "core-pattern-helper-dump",
    .cls = "limits",
    .guarantee = "limits.core",
    .summary = "leave a core file when it crashes",
    .technique = "Asks for the limit of core files, and crashes nothing. Where one may be written, a crash "
                 "fills the disk with what was in memory, and handlers on the host that take such files in "
                 "have been led astray by them. A handler behind a pipe is called whatever the limit.",
    .references = {"core(5)", "getrlimit(2)", "CVE-2022-0811"},
    .attempts = {{"core", {"no effect"}}},
    .witness = {"limits Max core file size \\S+ (?!0 ).*"},
    .opening = {"rlimits.core=inherit"},
    .remedy = "Set the limit of core files to 0, the hard one too.",
    .attack =
        [](const Order&) {
          rlimit limit{};
          Result asked = sys(SYS_prlimit64, 0, RLIMIT_CORE, nullptr, &limit);
          if (!step("prlimit64(RLIMIT_CORE)", asked)) stop("the limit cannot be read");
          attempt("core", "the hard limit of core files", limit.rlim_max > 0 ? "ok" : "no effect");
        },
}};
