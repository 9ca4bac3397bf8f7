// Groups of netlink(7), by which the kernel tells whoever joins what happens on the machine: to devices, to
// processes, and what its audit log says.

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>

#include "child.h"
#include "families.h"
#include "openings.h"
#include "socket.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a network namespace of its own, and a user namespace or no capability.";

/// A socket that has joined the groups; none if it may not. Attempts "listen" where it could not.
Fd join(int protocol, const char* name, unsigned groups) {
  Fd socket = socket_for("listen", name, AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, protocol);
  if (!socket) return socket;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  Result joined = sys(SYS_bind, socket.get(), &address, sizeof address);
  if (!joined) {
    attempt("listen", Text("bind(", name, ")"), joined);
    return {};
  }
  step(Text("bind(", name, ")"), joined);
  return socket;
}

/// What asks the kernel to tell of processes: cn_msg and an operation behind its end.
struct Listen {
  nlmsghdr header{};
  unsigned idx = CN_IDX_PROC, val = CN_VAL_PROC, seq = 0, ack = 0;
  unsigned short len = sizeof(unsigned), flags = 0;
  unsigned what = PROC_CN_MCAST_LISTEN;

  Listen() {
    header.nlmsg_len = sizeof *this;
    header.nlmsg_type = NLMSG_DONE;
  }
};
constexpr long event_at = sizeof(nlmsghdr) + sizeof(cn_msg);

/// The name of the interface that an event tells of: "INTERFACE=tap0" among strings that end with a NUL.
std::string_view interface_of(const char* bytes, long size) {
  constexpr std::string_view key = "INTERFACE=";
  for (const char* at = bytes; at < bytes + size;) {
    std::string_view each(at);
    if (each.starts_with(key)) return {at + key.size(), each.size() - key.size()};
    at += each.size() + 1;
  }
  return {};
}

/// The next event, for which it waits so many milliseconds.
Result receive(const Fd& socket, char* bytes, std::size_t size, int patience) {
  pollfd ready{socket.get(), POLLIN, 0};
  timespec time{0, patience * 1'000'000L};
  sys(SYS_ppoll, &ready, 1, &time, nullptr, 0);
  return sys(SYS_read, socket.get(), bytes, size);
}

}  // namespace

constinit const Probes probes = {
    {.id = "netlink-audit",
     .cls = "network",
     .guarantee = "network.kernel-events",
     .summary = "read along in the host's audit log",
     .technique = "Joins the group to which the kernel sends each record of its audit log: who logs in, what "
                  "was refused to whom. It leaves before it has read any.",
     .references = {"netlink(7), NETLINK_AUDIT", "capabilities(7), CAP_AUDIT_READ"},
     // Records go to the host's network namespace alone.
     .attempts = {{"bind", {"EPERM", "EACCES"}, {"ok"}, {}, "net"}},
     .witness = {"trace", "families"},
     .opening = {"namespaces.new-=net", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_audit_read"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_netlink(order, NETLINK_AUDIT);
           Fd socket = socket_for("bind", "NETLINK_AUDIT", AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
           if (!socket) return;
           sockaddr_nl address{};
           address.nl_family = AF_NETLINK;
           address.nl_groups = 1;  // AUDIT_NLGRP_READLOG
           attempt("bind", "bind(AUDIT_NLGRP_READLOG)",
                   sys(SYS_bind, socket.get(), &address, sizeof address));
         }},
    {.id = "netlink-connector-proc",
     .cls = "network",
     .guarantee = "network.kernel-events",
     .summary = "hear of each process that starts on the host",
     .technique = "Joins the group to which the kernel tells of every process that starts, ends or changes "
                  "its owner, starts a child, and looks whether it hears of one.",
     .references = {"https://docs.kernel.org/driver-api/connector.html", "netlink(7), NETLINK_CONNECTOR"},
     // EAGAIN: nothing to be heard. ECONNREFUSED: no connector in this network namespace.
     .attempts = {{"listen", {"EPERM", "ECONNREFUSED", "EAGAIN"}}},
     .witness = {"trace", "families"},
     .opening = {"namespaces.new-=net", "namespaces.new-=pid", OUT_OF_THE_USER_NAMESPACE,
                 "capabilities.keep+=cap_net_admin"},  // the capability before Linux 6.6
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_netlink(order, NETLINK_CONNECTOR);
           Fd socket = join(NETLINK_CONNECTOR, "NETLINK_CONNECTOR", CN_IDX_PROC);
           if (!socket) return;
           Listen listen;
           Result asked = sys(SYS_write, socket.get(), &listen, sizeof listen);
           if (!asked) {
             attempt("listen", "write(PROC_CN_MCAST_LISTEN)", asked);
             return;
           }
           step("write(PROC_CN_MCAST_LISTEN)", asked);
           in_child([] { return Result{}; });
           for (;;) {
             char heard[256] = "";
             Result result = sys(SYS_read, socket.get(), heard, sizeof heard);
             unsigned what = 0;
             std::memcpy(&what, heard + event_at, sizeof what);
             if (result && what == 0) continue;  // no event, but the answer to what was asked
             attempt("listen", "read(proc_event)", result);
             return;
           }
         }},
    {.id = "netlink-uevent",
     .cls = "network",
     .guarantee = "network.kernel-events",
     .summary = "hear what happens to the devices of the host",
     .technique = "Joins the group to which the kernel tells of devices that come and go, while the harness "
                  "lets an interface come and go, and listens for its name. It takes no privilege.",
     .references = {"netlink(7), NETLINK_KOBJECT_UEVENT", "udev(7)"},
     .attempts = {{"listen", {"no effect", "EPERM", "EACCES"}}},
     .witness = {"uevent"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           std::string_view prefix = order.text("prefix");
           Fd socket = join(NETLINK_KOBJECT_UEVENT, "NETLINK_KOBJECT_UEVENT", 1);
           if (!socket) return;
           for (int times = 0; times < 100; ++times) {
             char bytes[4096] = "";
             Result heard = receive(socket, bytes, sizeof bytes - 1, 400);
             if (!heard) break;
             std::string_view name = interface_of(bytes, heard.value);
             if (!name.starts_with(prefix)) continue;
             saw(name);
             attempt("listen", Text("read() = ", quoted(name)), "ok");
             return;
           }
           attempt("listen", "read()", "no effect");
         }},
};

}  // namespace probe
