#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {fake("hanger", "Never claims; it goes when the harness goes.", attack)};

static void attack(const Order&) {
  while (orders.line() != nullptr) continue;
  exit_now(0);
}

}  // namespace probe
