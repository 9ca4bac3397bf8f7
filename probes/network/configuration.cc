// Interfaces, addresses and routes of the host. Each call has an argument that nothing can be done with,
// which the kernel looks at once it has decided on the permission.

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstring>

#include "openings.h"
#include "paths.h"
#include "socket.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep cap_net_admin from the sandbox, and give it a network namespace of its own.";

}  // namespace

constinit const Probes probes = {
    {.id = "net-admin-config",
     .cls = "network",
     .guarantee = "network.configuration",
     .summary = "change an interface of the host",
     .technique = "Asks for packets of less than no length on the loopback. Who may not change interfaces is "
                  "told so first (EPERM); who may learns that it cannot be (EINVAL). The same right takes an "
                  "interface down, or sends the packets of others elsewhere.",
     .references = {"netdevice(7), SIOCSIFMTU", "capabilities(7), CAP_NET_ADMIN"},
     .attempts = {{"ioctl", {"EPERM"}, {"EINVAL"}, {}, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_net_admin"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           Fd socket = socket_for("ioctl", "AF_INET, SOCK_DGRAM", AF_INET, SOCK_DGRAM);
           if (!socket) return;
           ifreq change{};
           std::memcpy(change.ifr_name, "lo", sizeof "lo");
           change.ifr_mtu = -1;
           attempt("ioctl", "ioctl(SIOCSIFMTU, \"lo\", -1)",
                   sys(SYS_ioctl, socket.get(), SIOCSIFMTU, &change));
         }},
    {.id = "tun-tap",
     .cls = "network",
     .guarantee = "network.configuration",
     .summary = "make an interface whose other end is a program",
     .technique =
         "Opens /dev/net/tun and asks for an interface that is neither of IP nor of Ethernet packets. "
         "Who may not make one is told so first (EPERM); who may learns that there is no such kind "
         "(EINVAL). By one a program answers for a whole network.",
     .references = {"https://docs.kernel.org/networking/tuntap.html", "CVE-2023-3812"},
     .attempts = {{"ioctl", OUT_OF_REACH, {"EINVAL"}, NOT_THERE, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net", AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_net_admin",
                 DEVICES_OF_THE_HOST},
     .remedy = "Keep cap_net_admin from the sandbox, and give it a /dev of its own.",
     .attack =
         [](const Order&) {
           Result opened = sys(SYS_openat, AT_FDCWD, "/dev/net/tun", O_RDWR | O_CLOEXEC);
           if (!opened) {
             attempt("ioctl", "open(\"/dev/net/tun\")", opened);
             return;
           }
           Fd device(step("open(\"/dev/net/tun\")", opened));
           ifreq neither{};
           attempt("ioctl", "ioctl(TUNSETIFF, no kind)", sys(SYS_ioctl, device.get(), TUNSETIFF, &neither));
         }},
    {.id = "route-localnet",
     .cls = "network",
     .guarantee = "network.configuration",
     .summary = "open the host's loopback to its neighbours",
     .technique =
         "Opens the setting by which packets for 127.0.0.1 are taken from any interface, to write, "
         "and writes nothing. A host that has it set serves to its network what it meant for itself.",
     .references = {"CVE-2020-8558", "https://docs.kernel.org/networking/ip-sysctl.html"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net", AS_ROOT_OF_THE_HOST, PROC},
     .remedy = "Give the sandbox a network namespace of its own, and no /proc/sys to write to.",
     .attack =
         [](const Order&) {
           open_each({"/proc/sys/net/ipv4/conf/all/route_localnet"}, "O_WRONLY", O_WRONLY);
         }},
};

}  // namespace probe
