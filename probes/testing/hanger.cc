#include "fake.h"

constinit const probe::Probe probe::self = fake("hanger", "Never claims; it goes when the harness goes.");

void probe::attack(const Order&) {
  while (orders.line() != nullptr) continue;
  exit_now(0);
}
