#include "context.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

namespace bench {
namespace {

// Hybrid: version 2 is mounted, and the controllers are version 1's (cgroups(7)).
std::string cgroup_mode(bool v1, bool v2) {
  if (v1 && v2) return "hybrid";
  return v1 ? "v1" : v2 ? "v2" : "none";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> context() {
  utsname kernel{};
  uname(&kernel);

  std::ifstream mountinfo("/proc/self/mountinfo");
  int mounts = 0;
  bool v1 = false, v2 = false;
  for (std::string line; std::getline(mountinfo, line); ++mounts) {
    v1 |= line.find(" - cgroup ") != line.npos;
    v2 |= line.find(" - cgroup2 ") != line.npos;
  }
  std::string expedited = "unknown";
  std::ifstream("/sys/kernel/rcu_expedited") >> expedited;
  return {
      {"kernel", std::string(kernel.release) + " " + kernel.machine},
      {"cpus", std::to_string(sysconf(_SC_NPROCESSORS_ONLN))},
      {"host_mounts", std::to_string(mounts)},
      {"cgroup_mode", cgroup_mode(v1, v2)},
      {"rcu_expedited", expedited},
  };
}

}  // namespace bench
