#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("liar-contained", "Signals the victim and says that it was refused.", attack)};

static void attack(const Order& order) {
  really_kill(order);
  say_denied();
  say_contained();
  end_with(0);
}

}  // namespace probe
