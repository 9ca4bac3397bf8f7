#include <errno.h>

#include "fake.h"

constinit const probe::Probe probe::self =
    fake("undecided", "Never reaches the decision: its attempt fails for a reason of its own.");

void probe::attack(const Order& order) {
  long victim = order.number("victim", 1, INT_MAX);
  attempt("kill", Text("kill(", victim, ", SIGURG)"), Result{-1, EIO});
}
