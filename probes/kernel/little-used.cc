// Calls that every program may make and few ever do, whose code was wrong more than once. None takes a
// privilege; a filter that looks at their arguments is all that stands before them.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "child.h"
#include "probe.h"

namespace probe {
namespace {

alignas(4096) char page[4096];

}  // namespace

constinit const Probes probes = {
    {.id = "msg-oob-unix",
     .cls = "kernel",
     .guarantee = "kernel.little-used",
     .summary = "send a byte out of band through a UNIX socket",
     .technique = "Sends one byte with MSG_OOB from one end of a pair of sockets to the other, and closes "
                  "both. Nothing needs it but one product of the kernel's giver; in 2025 it led from the "
                  "renderer of a browser into the kernel.",
     .references = {"CVE-2025-38236", "unix(7)"},
     .attempts = {{"sendto", {"EPERM", "EACCES"}, {"ok"}, {"EOPNOTSUPP"}}},
     .witness = {"trace"},
     .opening = {"seccomp.rules-={syscall=\"sendto\"}"},
     .remedy = "Let the filter refuse sendto(2), sendmsg(2) and recvfrom(2) with the flag MSG_OOB.",
     .attack =
         [](const Order&) {
           int ends[2] = {-1, -1};
           Result made = sys(SYS_socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
           if (!made) {
             attempt("sendto", "socketpair(AF_UNIX)", made);
             return;
           }
           step("socketpair(AF_UNIX)", made);
           Fd one(ends[0]), other(ends[1]);
           attempt("sendto", "sendto(MSG_OOB)", sys(SYS_sendto, one.get(), "x", 1, MSG_OOB, nullptr, 0));
         }},
    {.id = "ksm-thp-uffd",
     .cls = "kernel",
     .guarantee = "kernel.little-used",
     .summary = "have its memory merged with that of others",
     .technique = "Offers a page to be merged with equal pages of other processes, and takes the offer back. "
                  "A page that was merged takes longer to write to, and so tells what others hold.",
     .references = {"madvise(2), MADV_MERGEABLE", "https://docs.kernel.org/admin-guide/mm/ksm.html",
                    "CVE-2015-2877"},
     .attempts = {{"madvise", {"EPERM", "EACCES"}, {"ok"}, {"EINVAL"}}},
     .witness = {"trace"},
     .opening = {"seccomp.rules-={syscall=\"madvise\"}"},
     .remedy = "Let the filter refuse madvise(2) with MADV_MERGEABLE.",
     .attack =
         [](const Order&) {
           attempt("madvise", "madvise(1 page, MADV_MERGEABLE)",
                   in_child([] { return sys(SYS_madvise, page, sizeof page, MADV_MERGEABLE); }));
         }},
    {.id = "splice-vmsplice",
     .cls = "kernel",
     .guarantee = "kernel.little-used",
     .summary = "put a page of its memory into a pipe",
     .technique = "Gives one byte of its memory to a pipe of its own by vmsplice(2), and closes the pipe. "
                  "Pages that are in a pipe and elsewhere at once were written to where they may not be.",
     .references = {"vmsplice(2)", "CVE-2022-0847", "CVE-2008-0600"},
     .attempts = {{"vmsplice", {"EPERM", "EACCES"}}},
     .witness = {"trace"},
     .opening = {"seccomp.deny-=vmsplice"},
     .remedy = "Leave vmsplice(2) out of the filter's list: hardly any program needs it.",
     .attack =
         [](const Order&) {
           Pipe pipe;
           iovec byte{page, 1};
           attempt("vmsplice", "vmsplice(1 byte)", sys(SYS_vmsplice, pipe.write.get(), &byte, 1, 0));
         }},
};

}  // namespace probe
