#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("wrong-status", "Claims to be contained and exits with the status of an escape.", attack)};

static void attack(const Order&) {
  say_denied();
  say_contained();
  end_with(10);
}

}  // namespace probe
