// The kernel lists every socket of a network namespace to whoever is in it: who listens, where, and who is
// spoken to. By such a list an intruder knows where to go next.

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "lines.h"
#include "openings.h"
#include "visit.h"

namespace probe {
namespace {

constexpr const char* remedy = "Give the sandbox a network namespace of its own.";
constexpr int listening = 10;  // TCP_LISTEN

/// The port is what only the list tells: goes there and says the nonce.
void found_at(const Order& order, in_port_t port) {
  sockaddr_in address = place(order);
  address.sin_port = port;
  visit(order, AF_INET, Text("connect(", order.text("address"), ":", ntohs(port), ")"), &address,
        sizeof address);
}

/// A number in hexadecimal digits, up to what is no digit.
unsigned long from_hex(std::string_view text) {
  unsigned long out = 0;
  for (char each : text) {
    bool digit = each >= '0' && each <= '9';
    if (!digit && !(each >= 'A' && each <= 'F')) break;
    out = out << 4 | static_cast<unsigned long>(digit ? each - '0' : each - 'A' + 10);
  }
  return out;
}

struct Dump {
  nlmsghdr header{};
  inet_diag_req_v2 request{};
};

Result ask(const Fd& socket) {
  Dump dump;
  dump.header = {sizeof dump, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0};
  dump.request.sdiag_family = AF_INET;
  dump.request.sdiag_protocol = IPPROTO_TCP;
  dump.request.idiag_states = 1U << listening;
  return sys(SYS_write, socket.get(), &dump, sizeof dump);
}

/// The port at which somebody listens on that address, in the order of the network; 0: nobody.
in_port_t port_by_netlink(const Fd& socket, in_addr_t address) {
  alignas(nlmsghdr) static char bytes[32768];  // the most that the kernel puts into one part of a dump
  for (;;) {
    Result size = sys(SYS_read, socket.get(), bytes, sizeof bytes);
    if (!size || size.value == 0) return 0;
    nlmsghdr* message = reinterpret_cast<nlmsghdr*>(bytes);
    for (unsigned left = static_cast<unsigned>(size.value); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY) return 0;
      auto* each = static_cast<inet_diag_msg*>(NLMSG_DATA(message));
      if (each->id.idiag_src[0] == address) return each->id.idiag_sport;
    }
  }
}

}  // namespace

constinit const Probes probes = {
    {.id = "proc-net-host",
     .cls = "network",
     .guarantee = "network.sockets",
     .summary = "read in /proc who listens on the host",
     .technique =
         "Looks in /proc/net/tcp for a listener of the harness of which it knows the address but not "
         "the port, and goes there.",
     .references = {"proc_pid_net(5)"},
     .attempts = {{"connect", {"no effect", "ENOENT", "EACCES", "EPERM", "ECONNREFUSED"}}},
     .witness = {"listener hidden tcp"},
     .opening = {"namespaces.new-=net", PROC},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           in_addr_t wanted = place(order).sin_addr.s_addr;
           in_port_t port = 0;
           // "  0: 0100007F:0277 00000000:0000 0A ...": the address as a number of this machine, then the
           // port
           Result last = each_line("/proc/net/tcp", [&](std::string_view line) {
             std::size_t at = line.find(": ");
             if (at == line.npos || line.size() < at + 16) return;
             if (from_hex({line.data() + at + 2, 8}) == wanted)
               port = htons(static_cast<in_port_t>(from_hex({line.data() + at + 11, 4})));
           });
           if (!last)
             attempt("connect", "open(\"/proc/net/tcp\")", last);
           else if (port == 0)
             attempt("connect", "read(\"/proc/net/tcp\")", "no effect");
           else
             found_at(order, port);
         }},
    {.id = "netlink-sockdiag-host",
     .cls = "network",
     .guarantee = "network.sockets",
     .summary = "ask netlink who listens on the host",
     .technique =
         "Asks sock_diag(7) for all listeners of TCP, as ss(8) does, looks for one of the harness of "
         "which it knows the address but not the port, and goes there. It takes no /proc and no "
         "privilege.",
     .references = {"sock_diag(7)"},
     .attempts = {{"connect", {"no effect", "EPERM", "EACCES", "ECONNREFUSED", "EAFNOSUPPORT"}}},
     .witness = {"listener hidden tcp", "families"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           if (order.number("diag") == 0) stop_for_want_of("this kernel has not loaded tcp_diag");
           Fd socket = socket_for("connect", "NETLINK_SOCK_DIAG", AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
           if (!socket) return;
           Result asked = ask(socket);
           if (!asked) {
             attempt("connect", "write(SOCK_DIAG_BY_FAMILY)", asked);
             return;
           }
           step("write(SOCK_DIAG_BY_FAMILY)", asked);
           if (in_port_t port = port_by_netlink(socket, place(order).sin_addr.s_addr); port != 0)
             found_at(order, port);
           else
             attempt("connect", "read(SOCK_DIAG_BY_FAMILY)", "no effect");
         }},
};

}  // namespace probe
