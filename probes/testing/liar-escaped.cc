#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("liar-escaped", "Claims to have escaped, and did not touch the victim.", attack)};

static void attack(const Order&) {
  say(R"json({"step":"kill(victim, SIGURG)","result":"ok","attempt":"kill"})json");
  say(R"json({"saw":"the victim, and it trembled"})json");
  say(R"json({"claim":"escaped","reason":"kill(victim, SIGURG) passed"})json");
  end_with(10);
}

}  // namespace probe
