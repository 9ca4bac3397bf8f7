// Who started a program is often still there, with rights that the program lacks: the memory of the one is
// the way to the rights of the other.

#include <sys/uio.h>

#include "openings.h"
#include "probe.h"

constinit const probe::Probes probe::probes = {{
    .id = "ptrace-supervisor-inside",
    .cls = "process",
    .guarantee = "process.memory",
    .summary = "read the memory of its parent",
    .technique = "Asks process_vm_readv(2) for one byte of its parent, at address 0, where nothing is: EPERM "
                 "without the permission, EFAULT with it. A parent outside has no number in a pid namespace "
                 "of one's own (ESRCH); one that a runtime left inside, to collect orphans, has.",
    .references = {"process_vm_readv(2)", "ptrace(2), Ptrace access mode checking", "CVE-2016-9962"},
    .attempts = {{"process_vm_readv", {"ESRCH", "EPERM"}, {"EFAULT"}}},
    .witness = {"trace"},
    .opening = {"namespaces.new-=pid", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_ptrace",
                "seccomp.allow+=process_vm_readv"},
    .remedy = "Leave process_vm_readv(2) and ptrace(2) out of the filter's list, and let no process of the "
              "runtime stay inside under the same user.",
    .attack =
        [](const Order&) {
          char byte = 0;
          iovec here{&byte, 1}, there{nullptr, 1};
          long parent = sys(SYS_getppid).value;
          attempt("process_vm_readv", Text("process_vm_readv(", parent, ", 1 byte at 0)"),
                  sys(SYS_process_vm_readv, parent, &here, 1, &there, 1, 0));
        },
}};
