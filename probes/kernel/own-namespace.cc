// Who makes a user namespace is root in it, and reaches kernel code that was written for root of the host. It
// is there that most of the privilege escalations of the last ten years began. Each of these asks for what
// root of such a namespace may, in a child, and does nothing with it.

#include <sys/socket.h>

#include "openings.h"
#include "own-namespace.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Let the sandbox make no user namespace: leave unshare(2) and clone3(2) out of the filter's list, or set "
    "namespaces.nested_user to false.";

// libc's headers do not go together with <linux/netfilter_ipv4/ip_tables.h>.
constexpr int level_of_ip = 0, get_info = 64;  // SOL_IP, IPT_SO_GET_INFO

}  // namespace

constinit const Probes probes = {
    {.id = "userns-iptables-compat",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "reach the packet filter in a network of its own",
     .technique = "A child makes a user and a network namespace, and asks the old interface of iptables for "
                  "a table, with room for a single byte. Who may not is told so first (EPERM); who may "
                  "learns that one byte is too little (EINVAL), before the kernel looks for the table.",
     .references = {"CVE-2021-22555", "CVE-2016-4997", "user_namespaces(7)"},
     .attempts = {{"getsockopt", {"EPERM", "ENOSPC"}, {"EINVAL"}, {"ENOPROTOOPT"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=unshare"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("getsockopt", "unshare(USER|NET), getsockopt(IPT_SO_GET_INFO)",
                   as_root_of(CLONE_NEWNET, [] {
                     Result socket = sys(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                     char byte = 0;
                     int size = sizeof byte;
                     return socket ? sys(SYS_getsockopt, socket.value, level_of_ip, get_info, &byte, &size)
                                   : socket;
                   }));
         }},
    {.id = "userns-packet",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "open a packet socket in a network of its own",
     .technique = "A child makes a user and a network namespace, and opens a packet socket there, without a "
                  "protocol, so that nothing arrives. The rings of such sockets were the way into the kernel "
                  "more than once.",
     .references = {"packet(7)", "CVE-2017-7308", "CVE-2020-14386", "CVE-2016-8655"},
     .attempts = {{"socket", {"EPERM", "ENOSPC"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=unshare", ANY_SOCKET},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("socket", "unshare(USER|NET), socket(AF_PACKET, SOCK_RAW, 0)",
                   as_root_of(CLONE_NEWNET,
                              [] { return sys(SYS_socket, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0); }));
         }},
    {.id = "userns-fsconfig",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "configure a file system in a mount namespace of its own",
     .technique = "A child makes a user and a mount namespace, and asks fsopen(2) for a file system of the "
                  "kind tmpfs, which every kernel has; it is neither configured nor mounted. The options "
                  "that follow are parsed by each kind of file system in its own way: one wrote past the end "
                  "of a page.",
     .references = {"fsopen(2)", "CVE-2022-0185", "mount_namespaces(7)"},
     .attempts = {{"fsopen", {"EPERM", "ENOSPC"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=[\"unshare\", \"fsopen\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("fsopen", "unshare(USER|NS), fsopen(\"tmpfs\")",
                   as_root_of(CLONE_NEWNS, [] { return sys(SYS_fsopen, "tmpfs", 0); }));
         }},
    {.id = "userns-bpf-token",
     .cls = "kernel",
     .guarantee = "kernel.own-namespace",
     .summary = "ask for the right to load BPF programs",
     .technique =
         "A child makes a user and a mount namespace, and asks bpf(2) for a token, by a descriptor "
         "that is none (EBADF). With a token that somebody delegates by a mount, root of a namespace "
         "loads programs into the kernel; the verifier that should stop bad ones has been wrong often.",
     .references = {"bpf(2)", "https://docs.kernel.org/bpf/", "CVE-2022-23222"},
     .attempts = {{"bpf", {"EPERM", "ENOSPC"}, {"EBADF"}, {"EINVAL"}}},  // a kernel before 6.9
     .witness = {"trace"},
     .opening = {"seccomp.allow+=[\"unshare\", \"bpf\"]"},
     .remedy = "Leave bpf(2) out of the filter's list, and mount no bpffs that delegates anything.",
     .attack =
         [](const Order&) {
           attempt("bpf", "unshare(USER|NS), bpf(BPF_TOKEN_CREATE, {-1})", as_root_of(CLONE_NEWNS, [] {
                     constexpr int token_create = 36;  // of a kernel newer than the headers may be
                     struct {
                       unsigned flags = 0;
                       int bpffs = -1;
                     } arguments;
                     return sys(SYS_bpf, token_create, &arguments, sizeof arguments);
                   }));
         }},
};

}  // namespace probe
