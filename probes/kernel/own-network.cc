// A network of one's own brings the parts of the kernel that root configures networks with: packet filters,
// ciphers, queues. Who made the namespace is root there, and speaks to them.

#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "families.h"
#include "own-namespace.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Let the sandbox make no user namespace: leave unshare(2) and clone3(2) out of the filter's list, or set "
    "namespaces.nested_user to false.";

/// Joins a group that there is not: root of the network namespace alone may join any.
Result join_no_group(long protocol) {
  Result made = sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (!made) return made;
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1U << 31;
  return sys(SYS_bind, made.value, &address, sizeof address);
}

/// A queue of type pfifo with room for no packet, for the loopback.
struct Queue {
  nlmsghdr header{};
  tcmsg to{};
  rtattr kind{};
  char name[8] = "pfifo";
  rtattr options{};
  tc_fifo_qopt limit{};

  explicit Queue(int loopback) {
    header = {sizeof *this, RTM_NEWQDISC, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE, 1, 0};
    to.tcm_ifindex = loopback;
    to.tcm_parent = TC_H_ROOT;
    to.tcm_handle = 1 << 16;
    kind = {sizeof kind + sizeof "pfifo", TCA_KIND};
    options = {sizeof options + sizeof limit, TCA_OPTIONS};
  }
};

/// Takes the loopback up, gives it the queue, and sends a packet: which has no room (ENOBUFS).
Result send_through_queue() {
  Result socket = sys(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  Result route = sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (!socket || !route) return socket ? route : socket;
  ifreq loopback{};
  std::memcpy(loopback.ifr_name, "lo", sizeof "lo");
  loopback.ifr_flags = IFF_UP;
  if (Result up = sys(SYS_ioctl, socket.value, SIOCSIFFLAGS, &loopback); !up) return up;
  Queue queue(1);  // the index of every loopback
  if (Result made = sys(SYS_write, route.value, &queue, sizeof queue); !made) return made;
  int one = 1;
  sys(SYS_setsockopt, socket.value, SOL_IP, IP_RECVERR, &one, sizeof one);  // else the loss is not told
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(9);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sys(SYS_sendto, socket.value, "", 1, 0, &address, sizeof address);
}

}  // namespace

constinit const Probes probes = {
    {.id = "userns-nftables",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "reach nftables in a network of its own",
     .technique =
         "A child makes a user and a network namespace, and joins a group of the netlink protocol of "
         "the packet filter that there is not: only root of the network may join any. Rules of "
         "nftables, which go the same way, led into the kernel year after year.",
     .references = {"CVE-2024-1086", "CVE-2023-32233", "CVE-2022-25636", "user_namespaces(7)"},
     .attempts = {{"bind", {"EPERM", "ENOSPC"}}},
     .witness = {"trace", "families"},
     .opening = {"seccomp.allow+=unshare"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_netlink(order, NETLINK_NETFILTER);
           attempt("bind", "unshare(USER|NET), bind(NETLINK_NETFILTER)",
                   as_root_of(CLONE_NEWNET, [] { return join_no_group(NETLINK_NETFILTER); }));
         }},
    {.id = "userns-xfrm",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "reach the ciphers of IPsec in a network of its own",
     .technique =
         "A child makes a user and a network namespace, and joins a group of the netlink protocol of "
         "IPsec that there is not: only root of the network may join any. The same root configures "
         "how packets are enciphered, code that has written past the end of its pages.",
     .references = {"CVE-2022-27666", "ip-xfrm(8)", "user_namespaces(7)"},
     .attempts = {{"bind", {"EPERM", "ENOSPC"}}},
     .witness = {"trace", "families"},
     .opening = {"seccomp.allow+=unshare"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           need_netlink(order, NETLINK_XFRM);
           attempt("bind", "unshare(USER|NET), bind(NETLINK_XFRM)",
                   as_root_of(CLONE_NEWNET, [] { return join_no_group(NETLINK_XFRM); }));
         }},
    {.id = "userns-tc",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "give a network of its own another queue",
     .technique = "A child makes a user and a network namespace, and gives the loopback there a queue with "
                  "room for no packet: that the next packet finds no room (ENOBUFS) shows that it was taken. "
                  "Queues and classifiers are among the oldest code that root of a namespace reaches.",
     .references = {"tc(8)", "CVE-2023-1829", "user_namespaces(7)"},
     .attempts = {{"sendto", {"EPERM", "ENOSPC"}, {"ENOBUFS"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=unshare"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("sendto", "unshare(USER|NET), RTM_NEWQDISC, sendto()",
                   as_root_of(CLONE_NEWNET, send_through_queue));
         }},
};

}  // namespace probe
