#include "fake.h"

constinit const probe::Probe probe::self = fake("crasher", "Dies of a null pointer after it has greeted.");

void probe::attack(const Order&) {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;  // NOLINT(clang-analyzer-core.NullDereference)
}
