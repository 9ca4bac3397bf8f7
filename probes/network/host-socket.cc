// Sockets of services on the host: a file that was mounted into the sandbox, or a name that has none. Behind
// them stand programs that do as they are told, as root: start a container, mount a disk.

#include <fcntl.h>

#include "lines.h"
#include "openings.h"
#include "visit.h"

namespace probe {
namespace {

/// Connects to what hands out descriptors, and reads what it gets.
void take_a_file(const Order& order) {
  Text name("@", order.text("name"));
  UnixPlace place(name);
  Fd socket = socket_for("receive", "AF_UNIX, SOCK_STREAM", AF_UNIX, SOCK_STREAM);
  if (!socket) return;
  Result connected = sys(SYS_connect, socket.get(), &place.address, place.size);
  if (!connected) {
    attempt("receive", Text("connect(", quoted(name), ")"), connected);
    return;
  }
  step(Text("connect(", quoted(name), ")"), connected);
  int file = -1;
  char byte = 0;
  iovec text{&byte, sizeof byte};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof file)];
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  Result received = sys(SYS_recvmsg, socket.get(), &message, MSG_CMSG_CLOEXEC);
  cmsghdr* rights = received ? CMSG_FIRSTHDR(&message) : nullptr;
  if (rights == nullptr) {
    attempt("receive", "recvmsg()", "no effect");
    return;
  }
  attempt("receive", "recvmsg(SCM_RIGHTS)", received);
  std::memcpy(&file, CMSG_DATA(rights), sizeof file);
  Fd opened(file);
  char content[64];
  Result size = step("read()", sys(SYS_read, opened.get(), content, sizeof content));
  if (size) saw(std::string_view(content, static_cast<std::size_t>(size.value)));
}

}  // namespace

constinit const Probes probes = {
    {.id = "containerd-shim-abstract",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "find a shim of a container engine, and reach it",
     .technique = "Looks in /proc/net/unix for an abstract socket as containerd's shims had them, and "
                  "connects to the one that the harness listens on. Whoever spoke to such a shim started "
                  "programs on the host.",
     .references = {"unix(7)", "CVE-2020-15257"},
     .attempts = {{"connect", {"ENOENT", "EACCES", "EPERM", "ECONNREFUSED", "no effect"}}},
     .witness = {"listener shim"},
     .opening = {"namespaces.new-=net", PROC},
     .remedy = "Give the sandbox a network namespace of its own.",
     .attack =
         [](const Order& order) {
           Text prefix("@", order.text("prefix"));
           bool found = false;
           Result last = each_line("/proc/net/unix", [&](std::string_view line) {
             if (found) return;
             std::size_t at = line.find(prefix.view());
             if (at == line.npos) return;
             found = true;
             UnixPlace place({line.data() + at, line.size() - at});
             visit(order, AF_UNIX, Text("connect(", quoted({line.data() + at, line.size() - at}), ")"),
                   &place.address, place.size);
           });
           if (!last)
             attempt("connect", "open(\"/proc/net/unix\")", last);
           else if (!found)
             attempt("connect", "read(\"/proc/net/unix\")", "no effect");
         }},
    {.id = "unix-socket-host-path",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "reach a service by its socket in /run",
     .technique = "Connects to a socket below /run on which the harness listens, where those of docker, "
                  "containerd, podman, systemd and snapd are. That it was mounted read-only helps nothing: "
                  "only files cannot be written then.",
     .references = {"unix(7)", "CIS Docker Benchmark 5.32", "https://attack.mitre.org/techniques/T1611/"},
     .attempts = {{"connect", {"ENOENT", "EACCES", "EPERM", "ECONNREFUSED"}}},
     .witness = {"listener path"},
     .opening = {"mounts+={type=\"bind\",source=\"/run\",target=\"/run\"}"},
     .remedy = "Show the sandbox no /run of the host, nor any socket in it.",
     .attack =
         [](const Order& order) {
           const char* path = order.text("path");
           UnixPlace place(path);
           visit(order, AF_UNIX, Text("connect(", quoted(path), ")"), &place.address, place.size);
         }},
    {.id = "unix-fd-passing-in",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "have somebody outside hand in an open file",
     .technique = "Connects to an abstract socket of the host whose owner gives an open file to whoever "
                  "comes, and reads it. A descriptor works wherever it is, whatever the root and the mounts "
                  "show: one that comes in opens what it stands for.",
     .references = {"unix(7), SCM_RIGHTS", "CVE-2020-15257"},
     .attempts = {{"receive", {"ECONNREFUSED", "EPERM", "EACCES", "no effect"}}},
     .witness = {"giver"},
     .opening = {"namespaces.new-=net"},
     .remedy = "Give the sandbox a network namespace of its own, and no socket of the host.",
     .attack = take_a_file},
    {.id = "unix-socket-af-block",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "make a socket that speaks to others of the same machine",
     .technique =
         "Makes a socket of each type of the family AF_UNIX where it shares the network of the host, "
         "and closes it. Nothing but a filter keeps such a socket from what listens there without a "
         "file; a pair of them, which reaches nobody, can still be had by socketpair(2).",
     .references = {"unix(7)", "network_namespaces(7)"},
     .attempts = {{"socket", {"EPERM", "EACCES", "EAFNOSUPPORT"}, {"ok"}, {}, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net"},
     .remedy = "Give the sandbox a network namespace of its own, or refuse AF_UNIX by the filter.",
     .attack =
         [](const Order&) {
           for (long type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
             Fd close(attempt("socket", Text("socket(AF_UNIX, ", type, ")"),
                              sys(SYS_socket, AF_UNIX, type | SOCK_CLOEXEC, 0)));
         }},
};

}  // namespace probe
