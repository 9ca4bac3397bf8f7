// More of the machine than one was given: of its processors, and of its memory. Each of these is done in a
// child that ends at once.

#include <linux/ioprio.h>
#include <sched.h>
#include <sys/resource.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

/// As prlimit(2) takes it: libc's may be of another width.
struct Limit {
  unsigned long soft, hard;
};
Result set_limit(int which, Limit limit) { return sys(SYS_prlimit64, 0, which, &limit, nullptr); }

alignas(4096) char page[4096];

}  // namespace

constinit const Probes probes = {
    {.id = "cap-sys-nice",
     .cls = "capability",
     .guarantee = "capability.allowance",
     .summary = "go before all others, on the processor and the disk",
     .technique = "One child asks for the lowest nice value, one to be scheduled in real time, one for the "
                  "real-time class of disk requests. A task in real time can keep a processor from all "
                  "others.",
     .references = {"setpriority(2)", "sched(7)", "ioprio_set(2)", "capabilities(7), CAP_SYS_NICE"},
     .attempts = {{"setpriority", {"EACCES", "EPERM"}},
                  {"sched_setscheduler", {"EPERM"}},
                  {"ioprio_set", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_nice",
                 "seccomp.allow+=[\"setpriority\", \"sched_setscheduler\", \"ioprio_set\"]"},
     .remedy = "Keep cap_sys_nice from the sandbox, and leave RLIMIT_NICE and RLIMIT_RTPRIO at 0.",
     .attack =
         [](const Order&) {
           attempt("setpriority", "setpriority(PRIO_PROCESS, 0, -20)",
                   in_child([] { return sys(SYS_setpriority, PRIO_PROCESS, 0, -20); }));
           attempt("sched_setscheduler", "sched_setscheduler(0, SCHED_FIFO, 1)", in_child([] {
                     int priority = 1;
                     return sys(SYS_sched_setscheduler, 0, SCHED_FIFO, &priority);
                   }));
           attempt("ioprio_set", "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_RT)", in_child([] {
                     return sys(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, 7));
                   }));
         }},
    {.id = "cap-sys-resource",
     .cls = "capability",
     .guarantee = "capability.allowance",
     .summary = "raise a hard limit",
     .technique = "A child lowers its hard limit on core files to 0, which anybody may, and raises it to 1 "
                  "again. Who may raise that one may raise them all: processes, memory, files.",
     .references = {"getrlimit(2)", "capabilities(7), CAP_SYS_RESOURCE"},
     .attempts = {{"raise", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_resource"},
     .remedy = "Keep cap_sys_resource from the sandbox.",
     .attack =
         [](const Order&) {
           attempt("raise", "prlimit64(RLIMIT_CORE, {0, 0}), prlimit64(RLIMIT_CORE, {0, 1})", in_child([] {
                     Result lowered = set_limit(RLIMIT_CORE, {0, 0});
                     return lowered ? set_limit(RLIMIT_CORE, {0, 1}) : lowered;
                   }));
         }},
    {.id = "cap-ipc-lock",
     .cls = "capability",
     .guarantee = "capability.allowance",
     .summary = "lock more memory than it may",
     .technique = "A child takes the right to lock memory from itself by a limit of 0, and locks one page. "
                  "With the capability no limit counts: memory that is locked is never swapped out, and what "
                  "is left for others shrinks.",
     .references = {"mlock(2)", "capabilities(7), CAP_IPC_LOCK"},
     .attempts = {{"mlock", {"EPERM", "ENOMEM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_ipc_lock"},
     .remedy = "Keep cap_ipc_lock from the sandbox.",
     .attack =
         [](const Order&) {
           attempt("mlock", "prlimit64(RLIMIT_MEMLOCK, {0, 0}), mlock(1 page)", in_child([] {
                     Result lowered = set_limit(RLIMIT_MEMLOCK, {0, 0});
                     return lowered ? sys(SYS_mlock, page, sizeof page) : lowered;
                   }));
         }},
};

}  // namespace probe
