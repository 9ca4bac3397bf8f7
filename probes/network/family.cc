// Sockets of another kind than those of IP: a network namespace does not hold them back.

#include <linux/vm_sockets.h>
#include <sys/socket.h>

#include "families.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Let the filter look at the first argument of socket(2), and allow the families that are needed.";

}  // namespace

constinit const Probes probes = {
    {.id = "vsock-host",
     .cls = "network",
     .guarantee = "kernel.socket-families",
     .summary = "make a socket that leads to the host of a virtual machine",
     .technique = "Makes a socket of the family AF_VSOCK, where the kernel has loaded it, and connects it to "
                  "nobody. Such a socket reaches the host of a virtual machine from any network namespace: "
                  "whatever serves the machine there takes it for the machine itself.",
     .references = {"vsock(7)", "CVE-2025-21756", "CVE-2021-26708"},
     .attempts = {{"socket", {"EPERM", "EACCES", "EAFNOSUPPORT"}}},
     .witness = {"trace", "families"},
     .opening = {"seccomp.mode=off"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_family(order, AF_VSOCK);
           Fd close(attempt("socket", "socket(AF_VSOCK, SOCK_STREAM)",
                            sys(SYS_socket, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0)));
         }},
    {.id = "unix-socket-af-block",
     .cls = "network",
     .guarantee = "kernel.unix-sockets",
     .summary = "make a socket that speaks to others of the same machine",
     .technique =
         "Makes a socket of each type of the family AF_UNIX, and closes it. Where a sandbox shares a "
         "directory or a network namespace with others, it reaches their services by one; a pair of "
         "such sockets, which reaches nobody, can still be had by socketpair(2).",
     .references = {"unix(7)"},
     .attempts = {{"socket", {"EPERM", "EACCES", "EAFNOSUPPORT"}}},
     .witness = {"trace"},
     .opening = {"seccomp.mode=off"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           for (long type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
             Fd close(attempt("socket", Text("socket(AF_UNIX, ", type, ")"),
                              sys(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC, 0)));
         }},
};

}  // namespace probe
