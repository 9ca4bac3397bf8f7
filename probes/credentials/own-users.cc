// Who is root of a user namespace is root of what belongs to it, and of nothing else; who lives in that of
// the host is a user of the host.

#include <linux/nsfs.h>

#include "namespaces.h"
#include "openings.h"

namespace probe {
namespace {

constexpr const char* remedy = "Give the sandbox a user namespace, and let it own the others.";
constexpr int uts = 10, user = 9;  // PIDFD_GET_..._NAMESPACE

}  // namespace

constinit const Probes probes = {
    {.id = "nsid-initial",
     .cls = "credentials",
     .guarantee = "credentials.own-users",
     .summary = "live in the host's user namespace",
     .technique = "Asks for its own user namespace, through a pidfd or, where the kernel cannot do that yet, "
                  "below /proc/self/ns, and compares the inode with that of the host, which the harness "
                  "tells.",
     .references = {"user_namespaces(7)", "CIS Docker Benchmark 2.9"},
     .attempts = {{"open", {"no effect"}}},
     .witness = {"namespace user"},
     .opening = {OUT_OF_THE_USER_NAMESPACE},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Fd own = open_namespace(pidfd_ioctl(user), "/proc/self/ns/user");
           attempt("open", Text("fstat() = inode ", inode_of(own)),
                   inode_of(own) == order.number("inode") ? "ok" : "no effect");
         }},
    {.id = "ns-ioctl-parent-walk",
     .cls = "credentials",
     .guarantee = "credentials.own-users",
     .summary = "ask a namespace who owns it",
     .technique = "Asks by ioctl(2) for the user namespace that owns its UTS namespace, and closes it again, "
                  "which counts where its own is the host's: a descriptor of it is enough to enter it. Of "
                  "one that lies "
                  "outside the kernel tells nothing (EPERM).",
     .references = {"ioctl_nsfs(2)", "user_namespaces(7)"},
     .attempts = {{"ioctl", {"EPERM"}, {"ok"}, {}, "user"}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           Fd own = open_namespace(pidfd_ioctl(uts), "/proc/self/ns/uts");
           Fd owner(attempt("ioctl", "ioctl(NS_GET_USERNS)", sys(SYS_ioctl, own.get(), NS_GET_USERNS)));
         }},
};

}  // namespace probe
