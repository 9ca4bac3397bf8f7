#include <fcntl.h>

#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {
    fake("hanger", "Makes files and never claims; it goes when the harness goes.", attack)};

static void attack(const Order&) {
  for (const char* directory : {"/tmp", "/dev/shm", ""}) {
    const Text path = own_path(directory);
    Fd file(step(Text("open(", quoted(path), ", O_CREAT)"),
                 sys(SYS_openat, AT_FDCWD, path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)));
  }
  while (orders.line() != nullptr) continue;
  exit_now(0);
}

}  // namespace probe
