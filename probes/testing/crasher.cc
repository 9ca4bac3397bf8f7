#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {fake("crasher", "Dies of a null pointer after it has greeted.", attack)};

static void attack(const Order&) {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;  // NOLINT(clang-analyzer-core.NullDereference)
}

}  // namespace probe
