// Whoever starts a program hands it an environment. Tools that add to the one they have pass on what they
// were given themselves, and secrets are often given so.

#include <unistd.h>

#include "probe.h"

namespace probe {
namespace {

void read_variable(const Order& order) {
  std::string_view name = order.text("variable");
  for (char** each = environ; *each != nullptr; ++each) {
    std::string_view variable = *each;
    if (!variable.starts_with(name) || variable.size() <= name.size() || variable[name.size()] != '=')
      continue;
    variable.remove_prefix(name.size() + 1);
    // A runtime may set one of its own, which tells nothing of its caller.
    const bool the_callers = variable.starts_with(order.text("prefix"));
    attempt("read", Text("environ: ", name), the_callers ? "ok" : "no effect");
    saw(variable);
    return;
  }
  attempt("read", Text("environ: ", name), "no effect");
}

}  // namespace

// Each row of it: the id, what is read, why, a reference, the variable
#define VARIABLE(ID, SUMMARY, TECHNIQUE, REFERENCE, NAME)                                                   \
  {                                                                                                         \
    .id = ID, .cls = "inheritance", .guarantee = "inheritance.environment", .summary = SUMMARY,             \
    .technique = TECHNIQUE, .references = {"environ(7)", REFERENCE}, .attempts = {{"read", {"no effect"}}}, \
    .witness = {"variable " NAME}, .opening = {"process.inherit=[\"environment\"]"},                        \
    .remedy = "Give the program an environment of its own, of variables that are named.",                   \
    .attack = read_variable,                                                                                \
  }

constinit const Probes probes = {
    VARIABLE(
        "env-secrets", "read a secret from the environment",
        "Looks for a variable that the harness put into the environment of whoever starts the sandbox: a "
        "password of a cloud, as they are handed over every day.",
        "https://attack.mitre.org/techniques/T1552/", "AWS_SECRET_ACCESS_KEY"),
    VARIABLE("ci-oidc-env", "read the token of a build from the environment",
             "Looks for the token with which a build proves to others who it is. Who has it can publish in "
             "its name.",
             "https://docs.github.com/en/actions/concepts/security/openid-connect",
             "ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    VARIABLE(
        "systemd-notify-fds", "read where the service manager listens",
        "Looks for the socket on which a service tells its manager how it is. Who has it can keep a dead "
        "service looking alive.",
        "sd_notify(3)", "NOTIFY_SOCKET"),
};

}  // namespace probe
