#include "fake.h"

constinit const probe::Probe probe::self =
    fake("liar-step", "Claims to be contained after an attempt that, it says itself, passed.");

void probe::attack(const Order&) {
  say(R"json({"step":"kill(victim, SIGURG)","result":"ok","attempt":"kill"})json");
  say_contained();
  end_with(0);
}
