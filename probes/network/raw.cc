// Packets that no protocol of the kernel has made: whose they are, where they go and from whom they seem to
// come is for the program to say.

#include <linux/if_packet.h>
#include <netinet/in.h>

#include "openings.h"
#include "socket.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep cap_net_raw and cap_net_admin from the sandbox, and give it a network namespace of its own.";

/// Sets an option of IP or of sockets to 1, on one that is closed at once.
void set_to_one(const char* name, int level, int option) {
  Fd socket = socket_for("setsockopt", "AF_INET, SOCK_DGRAM", AF_INET, SOCK_DGRAM);
  if (!socket) return;
  int one = 1;
  attempt("setsockopt", Text("setsockopt(", name, ", 1)"),
          sys(SYS_setsockopt, socket.get(), level, option, &one, sizeof one));
}

}  // namespace

// Each row of it: the id, the summary, how it works, a reference, the call, the capability, what is done
#define PACKETS(ID, SUMMARY, TECHNIQUE, REFERENCE, CALL, CAPABILITY, ...)                                   \
  {                                                                                                         \
    .id = ID, .cls = "network", .guarantee = "network.packets", .summary = SUMMARY, .technique = TECHNIQUE, \
    .references = {REFERENCE, "capabilities(7)"},                                                           \
    .attempts = {{CALL, {"EPERM", "EAFNOSUPPORT"}, {"ok"}, {}, "net"}}, .witness = {"trace"},               \
    .opening = {"namespaces.new-=net", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=" CAPABILITY,         \
                ANY_SOCKET},                                                                                \
    .remedy = remedy, .attack = [](const Order&) { __VA_ARGS__; },                                          \
  }

constinit const Probes probes = {
    PACKETS(
        "socket-packet", "read the packets of the host from the wire",
        "Opens a packet socket without a protocol, so that nothing arrives, and closes it. With one, every "
        "packet of every interface can be read, and any be sent.",
        "packet(7), CVE-2020-14386, CVE-2017-7308", "socket", "cap_net_raw",
        Fd(attempt("socket", "socket(AF_PACKET, SOCK_RAW, 0)",
                   sys(SYS_socket, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)))),
    PACKETS("socket-raw-inet", "make IP packets by hand",
            "Opens a raw socket for ICMP, and closes it. Who writes the headers says what address a packet "
            "comes from, and answers for others.",
            "raw(7), CIS Docker Benchmark 5.4", "socket", "cap_net_raw",
            Fd(attempt("socket", "socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)",
                       sys(SYS_socket, AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP)))),
    PACKETS("so-mark-priority", "mark packets, so that they take another way",
            "Sets the mark of a socket, by which firewalls and routes decide, and closes it. A mark that "
            "means \"leave it alone\" to the firewall opens it.",
            "socket(7), SO_MARK", "setsockopt", "cap_net_admin", set_to_one("SO_MARK", SOL_SOCKET, SO_MARK)),
    PACKETS("ip-spoof-freebind", "speak from an address that is not the host's",
            "Sets IP_TRANSPARENT on a socket, and closes it. With it a socket is bound to any address, and "
            "what it sends seems to come from there.",
            "ip(7), IP_TRANSPARENT", "setsockopt", "cap_net_admin",
            set_to_one("IP_TRANSPARENT", SOL_IP, IP_TRANSPARENT)),
};

}  // namespace probe
