// Each open file takes memory of the kernel, and the table of all files is one for the whole machine:
// proc_sys_fs(5), file-max. What a process may have of it is RLIMIT_NOFILE.

#include <sys/resource.h>

#include "probe.h"

namespace probe {
namespace {

constexpr int most = 2048;  // more than a sandbox needs, and far from what hurts
int held[most];

}  // namespace

constinit const Probes probes = {{
    .id = "rlimit-nofile",
    .cls = "limits",
    .guarantee = "limits.descriptors",
    .summary = "hold more open files than a sandbox needs",
    .technique =
        "Raises its own limit as far as it may, makes copies of a descriptor until the kernel refuses one "
        "(EMFILE) or there are 2,048, and gives them back.",
    .references = {"getrlimit(2), RLIMIT_NOFILE", "CIS Docker Benchmark 5.19"},
    .attempts = {{"dup", {"EMFILE"}}},
    .witness = {"trace"},
    .opening = {"rlimits.nofile=inherit"},
    .remedy = "Set RLIMIT_NOFILE, soft and hard, to what the program needs.",
    .attack =
        [](const Order&) {
          rlimit limit{};
          sys(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit);
          limit.rlim_cur = limit.rlim_max;
          step("prlimit64(RLIMIT_NOFILE, soft = hard)",
               sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, nullptr));
          Result last;
          int count = 0;
          while (count < most && (last = sys(SYS_dup, 0))) held[count++] = static_cast<int>(last.value);
          attempt("dup", Text("dup(0), ", count, " times"), last);
          while (count > 0) sys(SYS_close, held[--count]);
        },
}};

}  // namespace probe
