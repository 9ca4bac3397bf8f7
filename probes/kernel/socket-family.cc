// Linux has more than forty families of sockets, and most are there for one device or one protocol. Whoever
// may ask for a socket of such a family reaches its code. What is not loaded is not asked for: the kernel
// would load a module for it, on the host.

#include <sys/socket.h>

#include "families.h"
#include "openings.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Let the filter look at the first argument of socket(2), and allow the families that are needed.";

Result make(long family, long type) {
  return attempt("socket", Text("socket(", family, ", ", type, ")"),
                 sys(SYS_socket, family, type | SOCK_CLOEXEC, 0));
}

}  // namespace

constinit const Probes probes = {
    {.id = "af-alg",
     .cls = "kernel",
     .guarantee = "kernel.socket-families",
     .summary = "reach the ciphers of the kernel by a socket",
     .technique =
         "Makes a socket of the family AF_ALG, where the kernel has loaded it, and closes it. By one "
         "any program has the kernel encipher its pages, with code that is rarely used for anything "
         "else.",
     .references = {"https://docs.kernel.org/crypto/userspace-if.html", "CVE-2026-31431"},
     .attempts = {{"socket", {"EPERM", "EACCES", "EAFNOSUPPORT"}}},
     .witness = {"trace", "families"},
     .opening = {ANY_SOCKET},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_family(order, AF_ALG);
           Fd close(make(AF_ALG, SOCK_SEQPACKET));
         }},
    {.id = "vsock-host",
     .cls = "kernel",
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
           Fd close(make(AF_VSOCK, SOCK_STREAM));
         }},
    {.id = "af-families-matrix",
     .cls = "kernel",
     .guarantee = "kernel.socket-families",
     .summary = "make a socket of a family that few programs know",
     .technique = "Goes through the families that the kernel has loaded, but those of UNIX, IP and netlink, "
                  "and asks for a socket of each type, until one is given.",
     .references = {"address_families(7)", "CVE-2021-43267", "CVE-2016-8655"},
     .attempts = {{"socket",
                   {"EPERM", "EACCES", "EAFNOSUPPORT", "ESOCKTNOSUPPORT", "EPROTONOSUPPORT", "EPROTOTYPE"}}},
     .witness = {"trace", "families"},
     // The capability for a packet socket: the one such family that every kernel has loaded.
     .opening = {"capabilities.keep+=cap_net_raw", ANY_SOCKET},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           bool any = false;
           for (long family = 1; family < 64; ++family)
             if (lists(order, "families", family)) {
               any = true;
               for (long type : {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET})
                 if (Fd made{make(family, type)}) return;
             }
           if (!any) stop_for_want_of("this kernel has loaded no such family");
         }},
};

}  // namespace probe
