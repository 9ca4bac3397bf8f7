// Which kernel is it, and what does it allow? One that is shared shows it in /proc; what stands between a
// sandbox and the host is then this kernel alone.

#include "openings.h"
#include "paths.h"

namespace probe {

constinit const Probes probes = {
    {.id = "gvisor-vm-detect",
     .cls = "kernel",
     .guarantee = "kernel.boot-id",
     .summary = "learn whether its kernel is the one of the host",
     .technique =
         "Opens the number that the kernel took at its last boot, and closes it unread. Two sandboxes "
         "with the same number share one kernel, and nothing but it stands between them; a virtual "
         "machine, or a kernel of its own in user space, has another.",
     .references = {"random(4), boot_id", "proc_sys_kernel(5)"},
     .attempts = {{"open", COVERED, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc, or cover /proc/sys/kernel/random.",
     .attack = [](const Order&) { open_uncovered("/proc", {"sys/kernel/random/boot_id"}); }},
    {.id = "io-uring-sysctl",
     .cls = "kernel",
     .guarantee = "kernel.io-uring",
     .summary = "switch io_uring on again for the whole host",
     .technique = "Opens the setting by which a host forbids io_uring to its programs, to write, and writes "
                  "nothing. Requests of io_uring are seen by no filter, so many hosts have it off.",
     .references = {"https://docs.kernel.org/admin-guide/sysctl/kernel.html#io-uring-disabled"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, PROC},
     .remedy = "Show the sandbox no /proc, or make /proc/sys read-only.",
     .attack = [](const Order&) { open_each({"/proc/sys/kernel/io_uring_disabled"}, "O_WRONLY", O_WRONLY); }},
};

}  // namespace probe
