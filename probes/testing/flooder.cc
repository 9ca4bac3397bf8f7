#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {fake("flooder", "Reports steps without end, until nobody listens.", attack)};

static void attack(const Order&) {
  for (;;) say(R"json({"step":"getpid()","result":"ok"})json");
}

}  // namespace probe
