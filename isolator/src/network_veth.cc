// A pair of interfaces: one end in the caller's network namespace, the other the child's eth0. The kernel
// takes both away with either namespace, so that nothing is left, whoever dies.

#include "beside.h"
#include "network.h"

#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/route.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <random>

namespace isolator {
namespace {

template <class T, void (*put)(T*)>
struct Put {
  void operator()(T* t) const { put(t); }
};
using Socket = std::unique_ptr<nl_sock, Put<nl_sock, nl_socket_free>>;
using Link = std::unique_ptr<rtnl_link, Put<rtnl_link, rtnl_link_put>>;
using Address = std::unique_ptr<nl_addr, Put<nl_addr, nl_addr_put>>;

constexpr const char* inside = "eth0";

// libnl has numbers of its own, and keeps the errno of the kernel's refusal there too.
void must(int result, const std::string& object) {
  if (result >= 0) return;
  int err = EIO;
  switch (-result) {
    case NLE_EXIST:
      err = EEXIST;
      break;
    case NLE_PERM:
    case NLE_NOACCESS:
      err = EPERM;
      break;
    case NLE_OPNOTSUPP:
      err = EOPNOTSUPP;
      break;
    case NLE_INVAL:
      err = EINVAL;
      break;
    case NLE_NODEV:
      err = ENODEV;
      break;
    case NLE_NOADDR:
      err = EADDRNOTAVAIL;
      break;
    case NLE_FAILURE:
      err = ENETUNREACH;  // of a gateway that no address is near to
      break;
    default:
      break;
  }
  throw Error(Step::network, object, err);
}

Socket connect_to_kernel() {
  Socket out(nl_socket_alloc());
  must(nl_connect(out.get(), NETLINK_ROUTE), "netlink");
  return out;
}

Address parse(const std::string& text) {
  nl_addr* out = nullptr;
  must(nl_addr_parse(text.c_str(), AF_UNSPEC, &out), text);
  return Address(out);
}

void bring_up(nl_sock* socket, const std::string& name, const std::vector<std::string>& addresses) {
  const int index = int(if_nametoindex(name.c_str()));
  if (index == 0) throw Error(Step::network, name, errno);
  for (const std::string& text : addresses) {
    const std::unique_ptr<rtnl_addr, Put<rtnl_addr, rtnl_addr_put>> address(rtnl_addr_alloc());
    rtnl_addr_set_ifindex(address.get(), index);
    must(rtnl_addr_set_local(address.get(), parse(text).get()), text);
    // Nobody else is on this wire: no waiting for a duplicate (RFC 4862).
    if (rtnl_addr_get_family(address.get()) == AF_INET6) rtnl_addr_set_flags(address.get(), IFA_F_NODAD);
    must(rtnl_addr_add(socket, address.get(), 0), name + " " + text);
  }
  const Link now(rtnl_link_alloc()), wanted(rtnl_link_alloc());
  rtnl_link_set_ifindex(now.get(), index);
  rtnl_link_set_flags(wanted.get(), IFF_UP);
  must(rtnl_link_change(socket, now.get(), wanted.get(), 0), name);
}

void add_default_route(nl_sock* socket, const std::string& gateway) {
  const Address via = parse(gateway);
  const Address all = parse(nl_addr_get_family(via.get()) == AF_INET6 ? "::/0" : "0.0.0.0/0");
  const std::unique_ptr<rtnl_route, Put<rtnl_route, rtnl_route_put>> route(rtnl_route_alloc());
  must(rtnl_route_set_dst(route.get(), all.get()), gateway);
  rtnl_nexthop* hop = rtnl_route_nh_alloc();
  rtnl_route_nh_set_gateway(hop, via.get());
  rtnl_route_nh_set_ifindex(hop, int(if_nametoindex(inside)));
  rtnl_route_add_nexthop(route.get(), hop);
  must(rtnl_route_add(socket, route.get(), 0), "default route by " + gateway);
}

std::string fresh_name() {
  std::random_device random;
  char name[IFNAMSIZ];
  std::snprintf(name, sizeof name, "esc%08x", random());
  return name;
}

}  // namespace

void connect_by_veth(const Beside& beside) {
  const Network& network = beside.plan().spec.network;
  const std::string outside = network.interface.empty() ? fresh_name() : network.interface;
  {
    const Socket socket = connect_to_kernel();
    const Link link(rtnl_link_veth_alloc());
    rtnl_link* peer = link ? rtnl_link_veth_get_peer(link.get()) : nullptr;
    if (peer == nullptr) throw Error(Step::network, outside, ENOMEM);
    rtnl_link_set_name(link.get(), outside.c_str());
    rtnl_link_set_name(peer, inside);
    rtnl_link_set_ns_fd(peer, beside.network());
    const int made = rtnl_link_add(socket.get(), link.get(), NLM_F_CREATE | NLM_F_EXCL);
    rtnl_link_put(peer);
    must(made, outside);
    bring_up(socket.get(), outside, network.host_addresses);
  }
  beside.run([&] {
    beside.join_network();
    const Socket socket = connect_to_kernel();
    bring_up(socket.get(), inside, network.addresses);
    for (const std::string& gateway : network.gateways) add_default_route(socket.get(), gateway);
  });
}

}  // namespace isolator
