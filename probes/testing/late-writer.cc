#include <time.h>

#include "child.h"
#include "fake.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {fake(
    "late-writer",
    "Claims to be contained and exits; a child that it left behind signals the victim afterwards.", attack)};

static void attack(const Order& order) {
  // Not start_child(): that one would not outlive us. The child waits for our end on a pipe that only we
  // hold.
  Pipe alive;
  Result child = sys(SYS_clone, SIGCHLD);
  if (child && child.value == 0) {
    alive.write.reset();
    for (int fd = 0; fd < 3; ++fd) sys(SYS_close, fd);
    sys(SYS_setsid);
    wait_until_closed(alive.read);
    timespec moment{0, 100'000'000};
    sys(SYS_nanosleep, &moment, nullptr);
    really_kill(order);
    exit_now(0);
  }
  if (!child) stop("no child to write late");
  say_denied();
  say_contained();
  end_with(0);
}

}  // namespace probe
