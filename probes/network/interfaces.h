#pragma once

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/socket.h>

#include "directory.h"
#include "probe.h"

// The three ways to the list of network interfaces. Each calls visit(const Text&) with a line NAME/INDEX/MAC
// for every interface (MAC is empty where there is none, as for a tun device) and hands back the call that
// ended it: the one that was refused, or the last one.

namespace probe {

inline Text interface_line(std::string_view name, long index, const void* address, std::size_t length) {
  Text line(name, "/", index, "/");
  for (std::size_t i = 0; i < length; ++i)
    line.add(i > 0 ? ":" : "").add(Hex{static_cast<const unsigned char*>(address)[i]});
  return line;
}

inline Text interface_line(nlmsghdr* message) {
  ifinfomsg* link = static_cast<ifinfomsg*>(NLMSG_DATA(message));
  std::string_view name;
  const void* address = nullptr;
  std::size_t length = 0;
  int left = static_cast<int>(IFLA_PAYLOAD(message));
  for (rtattr* each = IFLA_RTA(link); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
    if (each->rta_type == IFLA_IFNAME) name = static_cast<const char*>(RTA_DATA(each));
    if (each->rta_type == IFLA_ADDRESS) {
      address = RTA_DATA(each);
      length = RTA_PAYLOAD(each);
    }
  }
  return interface_line(name, link->ifi_index, address, length);
}

/// rtnetlink(7): shows the network namespace that the socket was made in. write(2) and read(2) do for a
/// netlink socket, so a filter that stops sendto(2) and recvmsg(2) stops nothing.
template <typename Visit>
Call each_interface_by_netlink(Visit visit) {
  Call call{Text("socket(AF_NETLINK)"), sys(SYS_socket, AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
  if (!call.result) return call;
  Fd socket(step(call));

  struct {
    nlmsghdr header;
    ifinfomsg link;
  } request{};
  request.header = {sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0};
  call = {Text("write(RTM_GETLINK)"), sys(SYS_write, socket.get(), &request, sizeof request)};
  if (!call.result) return call;
  step(call);

  alignas(nlmsghdr) static char bytes[32768];  // the most that the kernel puts into one part of a dump
  call.text = Text("read(RTM_NEWLINK)");
  for (;;) {
    call.result = sys(SYS_read, socket.get(), bytes, sizeof bytes);
    if (!call.result || call.result.value == 0) return call;
    nlmsghdr* message = reinterpret_cast<nlmsghdr*>(bytes);
    for (unsigned left = static_cast<unsigned>(call.result.value); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return call;
      if (message->nlmsg_type == NLMSG_ERROR) {
        call.result = {-1, -static_cast<nlmsgerr*>(NLMSG_DATA(message))->error};
        return call;
      }
      if (message->nlmsg_type == RTM_NEWLINK) visit(interface_line(message));
    }
  }
}

/// netdevice(7): SIOCGIFNAME on a socket of any family. Asked by index, because SIOCGIFCONF lists only
/// interfaces that have an IPv4 address.
template <typename Visit>
Call each_interface_by_ioctl(Visit visit) {
  Call call{Text("socket(AF_UNIX)"), sys(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!call.result) {
    step(call);
    call = {Text("socket(AF_INET)"), sys(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  }
  if (!call.result) return call;
  Fd socket(step(call));

  // Indexes are given out in order and not again, so those of a host that has run long are high.
  constexpr int last_index = 1 << 18;
  for (int index = 1; index <= last_index; ++index) {
    ifreq request{};
    request.ifr_ifindex = index;
    const char* what = "SIOCGIFNAME";
    Result result = sys(SYS_ioctl, socket.get(), SIOCGIFNAME, &request);
    if (result) {
      what = "SIOCGIFHWADDR";
      result = sys(SYS_ioctl, socket.get(), SIOCGIFHWADDR, &request);
    }
    if (result.error == ENODEV) continue;  // never was, or is gone since
    if (!result) return {Text("ioctl(", what, ", ", index, ")"), result};
    std::size_t length = request.ifr_hwaddr.sa_family == ARPHRD_NONE ? 0 : 6;
    visit(interface_line(request.ifr_name, index, request.ifr_hwaddr.sa_data, length));
  }
  return {Text("ioctl(SIOCGIFNAME, 1 to ", last_index, ")"), {}};
}

/// /sys/class/net: shows the network namespace that sysfs was mounted in, whatever the caller's own is.
template <typename Visit>
Call each_interface_in_sysfs(Visit visit) {
  Call call{Text("open(\"/sys/class/net\")"),
            sys(SYS_openat, AT_FDCWD, "/sys/class/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!call.result) return call;
  Fd directory(step(call));

  auto read_file = [&](std::string_view name, const char* file) {
    Fd opened(sys(SYS_openat, directory.get(), Text(name, "/", file).c_str(), O_RDONLY | O_CLOEXEC));
    char content[128];
    Result size = sys(SYS_read, opened.get(), content, sizeof content);
    // Without its newline.
    return Text(
        std::string_view(content, size && size.value > 0 ? static_cast<std::size_t>(size.value - 1) : 0));
  };
  Result last = each_entry(directory, [&](const Entry& entry) {
    Text index = read_file(entry.name, "ifindex"), address = read_file(entry.name, "address");
    if (!index.empty()) visit(Text(entry.name, "/", index, "/", address));
    return false;
  });
  return {Text("getdents64(\"/sys/class/net\")"), last};
}

}  // namespace probe
