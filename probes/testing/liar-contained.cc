#include "fake.h"

constinit const probe::Probe probe::self =
    fake("liar-contained", "Signals the victim and says that it was refused.");

void probe::attack(const Order& order) {
  really_kill(order);
  say_denied();
  say_contained();
  end_with(0);
}
