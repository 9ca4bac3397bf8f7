#include "fake.h"

constinit const probe::Probe probe::self =
    fake("wrong-status", "Claims to be contained and exits with the status of an escape.");

void probe::attack(const Order&) {
  say_denied();
  say_contained();
  end_with(10);
}
