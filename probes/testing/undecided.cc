#include <errno.h>

#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("undecided", "Never reaches the decision: its attempt fails for a reason of its own.", attack)};

static void attack(const Order& order) {
  long victim = order.number("victim", 1, INT_MAX);
  attempt("kill", Text("kill(", victim, ", SIGURG)"), Result{-1, EIO});
}

}  // namespace probe
