// Who listens on the host is reached through a network namespace: a port belongs to one, and so does the name
// of an abstract socket, which no file permission protects.

#include "visit.h"

namespace probe {
namespace {

constexpr const char* remedy = "Give the sandbox a network namespace of its own.";

void visit_loopback(const Order& order) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = port(order);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  visit(order, AF_INET, Text("connect(127.0.0.1:", order.text("port"), ")"), &address, sizeof address);
}

}  // namespace

constinit const Probes probes = {
    {.id = "abstract-unix-socket-host",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "reach an abstract UNIX socket of the host",
     .technique = "Connects to a socket of the abstract namespace on which the harness listens. Such a name "
                  "is no file: neither "
                  "a root of one's own nor any permission keeps a stranger away, only a network namespace or "
                  "Landlock's scope.",
     .references = {"unix(7)", "CVE-2020-15257"},
     .attempts = {{"connect", {"ECONNREFUSED"}}},
     .witness = {"listener abstract"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Text name("@", order.text("name"));
           UnixPlace place(name);
           visit(order, AF_UNIX, Text("connect(", quoted(name), ")"), &place.address, place.size);
         }},
    {.id = "loopback-host-service",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "reach a service on the host's loopback",
     .technique = "Connects to a port of 127.0.0.1 on which the harness listens. Services that trust their "
                  "own machine listen "
                  "there: databases, debuggers, build daemons.",
     .references = {"ip(7)", "CVE-2020-8558"},
     .attempts = {{"connect", {"ECONNREFUSED", "ENETUNREACH"}}},
     .witness = {"listener tcp"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack = visit_loopback},
    {.id = "docker-tcp-api",
     .cls = "network",
     .guarantee = "network.host-services",
     .summary = "reach the API of Docker on the host's loopback",
     .technique = "Connects to port 2375 of 127.0.0.1, where the harness listens in place of Docker. Whoever "
                  "reaches its API without a certificate starts a container with the host's root mounted.",
     .references = {"CIS Docker Benchmark 2.7", "https://attack.mitre.org/techniques/T1610/"},
     .attempts = {{"connect", {"ECONNREFUSED", "ENETUNREACH"}}},
     .witness = {"alone", "listener docker"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack = visit_loopback},
};

}  // namespace probe
