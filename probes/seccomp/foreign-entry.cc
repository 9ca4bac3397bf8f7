// A program of 64 bits may enter the kernel as one of 32 bits does, or by the numbers of x32: the same call
// has another number there, and a filter that looks at the number alone looks at the wrong one.

#include "child.h"
#include "i386.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Let the filter refuse every architecture but the one that it was made for, x32 included: "
    "seccomp_arch_add(3) "
    "only for what is needed.";
constexpr int i386_getpid = 20, i386_socketcall = 102;
constexpr int socketcall_socket = 1;  // SYS_SOCKET of linux/net.h
constexpr long x32 = 0x40000000;      // __X32_SYSCALL_BIT

}  // namespace

constinit const Probes probes = {
#if defined(__x86_64__)
    {.id = "seccomp-arch-compat32",
     .cls = "seccomp",
     .guarantee = "seccomp.architecture",
     .summary = "enter the kernel as a program of 32 bits",
     .technique = "A child calls getpid by int $0x80. Every number means another call there: where getpid "
                  "passes, so does "
                  "whatever else the filter did not mean to allow, socketcall(2) with its arguments out of "
                  "sight among it.",
     .references = {"seccomp(2), Caveats", "CVE-2009-0835"},
     .attempts = {{"int80", {"SIGSYS"}, {"ok"}, {"SIGSEGV"}}},
     .witness = {"trace"},
     .opening = {"seccomp.other_architectures=allow"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("int80", "getpid() by int $0x80", in_child([] { return sys_i386(i386_getpid); }));
         }},
    {.id = "seccomp-socketcall-mux",
     .cls = "seccomp",
     .guarantee = "seccomp.architecture",
     .summary = "make a socket by a call that hides which",
     .technique =
         "A child calls socketcall(2) of 32-bit programs, with its arguments at address 0, where nothing "
         "is: EFAULT, where the call is to be had. It makes every kind of socket, and which one stands "
         "in memory, where no filter sees it.",
     .references = {"socketcall(2)", "seccomp(2), Caveats"},
     .attempts = {{"socketcall", {"SIGSYS", "EPERM"}, {"EFAULT"}, {"SIGSEGV", "ENOSYS"}}},
     .witness = {"trace"},
     .opening = {"seccomp.other_architectures=allow"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("socketcall", "socketcall(SYS_SOCKET, NULL) by int $0x80",
                   in_child([] { return sys_i386(i386_socketcall, socketcall_socket, 0); }));
         }},
    {.id = "seccomp-arch-x32",
     .cls = "seccomp",
     .guarantee = "seccomp.architecture",
     .summary = "call the kernel by a number of x32",
     .technique = "A child calls getpid with bit 30 of the number set, as a program of the x32 ABI does. The "
                  "architecture that "
                  "a filter sees is that of 64 bits all the same, so only the bit tells them apart.",
     .references = {"syscall(2)", "seccomp(2), Caveats"},
     .attempts = {{"x32", {"SIGSYS"}, {"ok"}, {"ENOSYS"}}},
     .witness = {"trace"},
     .opening = {"seccomp.other_architectures=allow"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("x32", "getpid() of x32", in_child([] { return sys(x32 | SYS_getpid); }));
         }},
#endif
};

}  // namespace probe
