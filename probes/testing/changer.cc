#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("changer", "Gives the host another name, and says nothing of it.", attack)};

static void attack(const Order&) {
  sys(SYS_sethostname, "changed", 7);
  say_denied();
  say_contained();
  end_with(0);
}

}  // namespace probe
