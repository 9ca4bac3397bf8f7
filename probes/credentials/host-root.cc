// Root of the sandbox may be root of the host: the number is the same inside, and only what the host allows
// tells them apart.

#include "../network/visit.h"
#include "openings.h"

namespace probe {

constinit const Probes probes = {{
    .id = "uid-zero-host",
    .cls = "credentials",
    .guarantee = "credentials.host-root",
    .summary = "be the user of the host who started it all",
    .technique =
        "Connects to a socket in /run that is for its owner alone: the harness, as a rule root. A root that "
        "has lost all its capabilities owns the files of root still, and writes to each that it sees; in a "
        "user namespace that maps it to somebody else it owns nothing.",
    .references = {"user_namespaces(7)", "credentials(7)", "CIS Docker Benchmark 2.9"},
    .attempts = {{"connect", {"ENOENT", "EACCES", "EPERM"}}},
    .witness = {"listener root path"},
    .opening = {AS_ROOT_OF_THE_HOST, "mounts+={type=\"bind\",source=\"/run\",target=\"/run\"}"},
    .remedy = "Give the sandbox a user namespace, and map its root to somebody who owns nothing.",
    .attack =
        [](const Order& order) {
          const char* path = order.text("path");
          UnixPlace place(path);
          visit(order, AF_UNIX, Text("connect(", quoted(path), ")"), &place.address, place.size);
        },
}};

}  // namespace probe
