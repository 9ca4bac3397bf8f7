#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("liar-step", "Claims to be contained after an attempt that, it says itself, passed.", attack)};

static void attack(const Order&) {
  say(R"json({"step":"kill(victim, SIGURG)","result":"ok","attempt":"kill"})json");
  say_contained();
  end_with(0);
}

}  // namespace probe
