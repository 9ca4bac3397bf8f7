// Sockets of another kind than those of IP.

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
     .opening = {ANY_SOCKET},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_family(order, AF_VSOCK);
           Fd close(attempt("socket", "socket(AF_VSOCK, SOCK_STREAM)",
                            sys(SYS_socket, AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0)));
         }},
    {.id = "unix-socket-af-block",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "make a socket that speaks to others of the same machine",
     .technique =
         "Makes a socket of each type of the family AF_UNIX where it shares the network of the host, "
         "and closes it. Nothing but a filter keeps such a socket from what listens there without a "
         "file; a pair of them, which reaches nobody, can still be had by socketpair(2).",
     .references = {"unix(7)", "network_namespaces(7)"},
     .attempts = {{"socket", {"EPERM", "EACCES", "EAFNOSUPPORT"}, {"ok"}, {}, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net"},
     .remedy = "Give the sandbox a network namespace of its own, or refuse AF_UNIX by the filter.",
     .attack =
         [](const Order&) {
           for (long type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
             Fd close(attempt("socket", Text("socket(AF_UNIX, ", type, ")"),
                              sys(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC, 0)));
         }},
};

}  // namespace probe
