// What the host lends: controllers, the tun device, programs.

#include "attempt.h"

#include "cgroup.h"
#include "cgroup_mounts.h"
#include "programs.h"

#include <isolator/fd.h>
#include <isolator/scope.h>

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

namespace isolator {

// A cgroup is made, limited and removed.
Tried try_controller(const char* name) {
  return in_fork([name]() -> Tried {
    Limits limits;
    const std::string_view controller = name;
    if (controller == "pids") limits.pids = 1000;
    if (controller == "memory") limits.memory = 1 << 30;
    if (controller == "cpu") limits.cpu = 1.0;
    find_scope(limits);
    const cgroup::Hierarchy found = cgroup::find(cgroup::read_tables(), name);
    const std::string where = (found.v2 ? "v2 " : "v1 ") + found.own;
    try {
      Cgroup::make(limits).remove();
    } catch (const Error& e) {
      return {e.code().value(), where, e.hint};
    }
    return {0, where, ""};
  });
}

// An interface of user-mode networking, in a network namespace.
Tried try_tun() {
  return in_fork([]() -> Tried {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 && unshare(CLONE_NEWNET) != 0)
      return {errno, "network namespace", ""};
    const Fd device(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
    if (!device) return {errno, "/dev/net/tun", ""};
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (ioctl(device.get(), TUNSETIFF, &request) != 0) return {errno, "TUNSETIFF", ""};
    return {0, "/dev/net/tun", ""};
  });
}

Tried try_program(const char* name) {
  return in_fork([name]() -> Tried { return {0, find_program(name, Step::network, ""), ""}; });
}

}  // namespace isolator
