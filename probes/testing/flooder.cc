#include "fake.h"

constinit const probe::Probe probe::self =
    fake("flooder", "Reports steps without end, until nobody listens.");

void probe::attack(const Order&) {
  for (;;) say(R"json({"step":"getpid()","result":"ok"})json");
}
