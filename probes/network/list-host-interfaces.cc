// Network interfaces belong to a network namespace. Three doors lead to the list of them, each with its own
// lock.

#include "interfaces.h"
#include "probe.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {{
    .id = "list-host-interfaces",
    .cls = "network",
    .guarantee = "network.interfaces",
    .summary = "list the network interfaces of the host",
    .technique =
        "Asks for all network interfaces in the three ways that Linux has: a route netlink dump, the "
        "SIOCGIF ioctls on a socket, and the files in /sys/class/net. Netlink and ioctl show the network "
        "namespace of the socket; sysfs shows the one that it was mounted in, so a /sys bound from the host "
        "tells even a process whose own namespace is empty. Interface names and addresses are the first "
        "map of a network that an intruder draws.",
    .references = {"rtnetlink(7)", "netdevice(7)", "network_namespaces(7)",
                   "https://attack.mitre.org/techniques/T1016/"},
    .attempts = {{"netlink", {"no effect", "EPERM", "EACCES", "EAFNOSUPPORT", "ENOSYS"}},
                 {"ioctl", {"no effect", "EPERM", "EACCES", "EAFNOSUPPORT", "ENOSYS"}},
                 {"sysfs", {"no effect", "EPERM", "EACCES", "ENOENT", "ENOSYS"}}},
    .witness = {"interface"},
    .opening = {"namespaces.new-=net"},
    .remedy = "Give the sandbox a network namespace of its own, and no /sys that was mounted outside.",
    .attack = attack,
}};

static void attack(const Order& order) {
  std::string_view planted = order.text("prefix");
  bool found = false;
  auto look = [&](const Text& line) {
    if (!line.view().starts_with(planted)) return;
    found = true;
    saw(line);
  };
  auto conclude = [&](const char* route, const Call& last) {
    if (found) because(Text("the host's interface is in the list by ", route));
    if (last.result || found)
      attempt(route, last.text, found ? "ok" : "no effect");
    else
      attempt(route, last);
    found = false;
  };

  conclude("netlink", each_interface_by_netlink(look));
  conclude("ioctl", each_interface_by_ioctl(look));
  conclude("sysfs", each_interface_in_sysfs(look));
}

}  // namespace probe
