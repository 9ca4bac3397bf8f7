// Who listens on a port of the host is taken for one of its services.

#include <netinet/in.h>

#include "openings.h"
#include "socket.h"

namespace probe {
namespace {

Fd stream(const char* name) { return socket_for(name, "AF_INET, SOCK_STREAM", AF_INET, SOCK_STREAM); }

/// On the loopback: what listens here shall not be seen from outside.
Result bind(const Fd& socket, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sys(SYS_bind, socket.get(), &address, sizeof address);
}

}  // namespace

constinit const Probes probes = {
    {.id = "bind-privileged-port",
     .cls = "network",
     .guarantee = "network.ports",
     .summary = "take a port of the host that is meant for root",
     .technique = "Binds a socket to port 81 of the loopback, without listening, and closes it. On the ports "
                  "below 1024 others expect what root has started: mail, names, the web.",
     .references = {"ip(7)", "capabilities(7), CAP_NET_BIND_SERVICE", "CIS Docker Benchmark 5.8"},
     // Whoever may not is told so before anybody looks whether the port is free.
     .attempts = {{"bind", {"EACCES", "EPERM"}, {"ok", "EADDRINUSE"}, {}, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_net_bind_service"},
     .remedy = "Keep cap_net_bind_service from the sandbox, and give it a network namespace of its own.",
     .attack =
         [](const Order&) {
           Fd socket = stream("bind");
           if (socket) attempt("bind", "bind(127.0.0.1:81)", bind(socket, 81));
         }},
    {.id = "listen-exposure",
     .cls = "network",
     .guarantee = "network.ports",
     .summary = "listen on the host's loopback",
     .technique =
         "Listens on any free port of the loopback, and closes it at once. Other programs of the host "
         "that look for a service there find this one, and tell it what they know.",
     .references = {"listen(2)", "landlock(7), LANDLOCK_ACCESS_NET_BIND_TCP"},
     .attempts = {{"listen", {"EACCES", "EPERM"}, {"ok"}, {}, "net"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net"},
     .remedy = "Give the sandbox a network namespace of its own, or let Landlock bind no port.",
     .attack =
         [](const Order&) {
           Fd socket = stream("listen");
           if (!socket) return;
           Result bound = bind(socket, 0);
           if (bound)
             attempt("listen", "bind(127.0.0.1:0), listen()", sys(SYS_listen, socket.get(), 1));
           else
             attempt("listen", "bind(127.0.0.1:0)", bound);
         }},
};

}  // namespace probe
