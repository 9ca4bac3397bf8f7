// Ports and memory of the machine itself, past everything that the kernel keeps apart: CAP_SYS_RAWIO.

#include "child.h"
#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep cap_sys_rawio from the sandbox, and give it a /dev and a /proc that do not show the machine's "
    "memory.";

}  // namespace

constinit const Probes probes = {
#if defined(__x86_64__)
    {.id = "cap-sys-rawio-iopl",
     .cls = "capability",
     .guarantee = "capability.raw-io",
     .summary = "speak to the ports of the machine",
     .technique =
         "A child asks iopl(2) for all ports, another one ioperm(2) for one. Both end without having "
         "touched a port; who may has the disks and the memory in hand.",
     .references = {"iopl(2)", "ioperm(2)", "capabilities(7), CAP_SYS_RAWIO"},
     .attempts = {{"iopl", {"EPERM"}, {"ok"}, {"ENOSYS"}}, {"ioperm", {"EPERM"}, {"ok"}, {"ENOSYS"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_rawio",
                 "seccomp.allow+=[\"iopl\", \"ioperm\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("iopl", "iopl(3)", in_child([] { return sys(SYS_iopl, 3); }));
           attempt("ioperm", "ioperm(0x80, 1, 1)", in_child([] { return sys(SYS_ioperm, 0x80, 1, 1); }));
         }},
#endif
    {.id = "cap-sys-rawio-mem",
     .cls = "capability",
     .guarantee = "capability.raw-io",
     .summary = "open the memory of the machine",
     .technique =
         "Opens /dev/mem, /dev/port, /dev/kmem and /proc/kcore to read, and closes them unread. Each "
         "is the memory or the ports of the host, whatever process they belong to.",
     .references = {"mem(4)", "proc_kcore(5)", "capabilities(7), CAP_SYS_RAWIO"},
     .attempts = {{"open", COVERED, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_rawio", DEVICES_OF_THE_HOST},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           // A cover over kcore can be opened, and holds nothing.
           if (!open_each({"/dev/mem", "/dev/port", "/dev/kmem"}, "O_RDONLY", O_RDONLY))
             open_uncovered("/proc", {"kcore"});
         }},
};

}  // namespace probe
