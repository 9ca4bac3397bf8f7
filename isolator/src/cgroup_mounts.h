#pragma once

#include <string>
#include <string_view>

namespace isolator::cgroup {

/// What the kernel says about the caller: proc_pid_mountinfo(5), and /proc/PID/cgroup of cgroups(7).
struct Tables {
  std::string mountinfo;
  std::string membership;
};

/// /proc/self/mountinfo and /proc/self/cgroup. Throws Error{Step::cgroup}.
Tables read_tables();

struct Hierarchy {
  bool v2;
  std::string mount;  ///< where it is mounted: the topmost cgroup that can be seen
  std::string own;    ///< directory of the caller's cgroup, at or below `mount`
};

/// Where the limits of `controller` ("pids", "memory", "cpu", "cpuset", "io", "devices") are set, in the
/// words of v2. A hybrid host decides for each: the kernel binds a controller to one hierarchy at a time, to
/// v2 where cgroup.controllers names it, otherwise to a v1 hierarchy. Devices are no controller of v2: where
/// v1 does not have them, any cgroup of v2 takes a program that decides. Throws Error{Step::cgroup}:
/// EOPNOTSUPP where no hierarchy has it, ENOENT where the caller's own cgroup cannot be seen.
Hierarchy find(const Tables& tables, std::string_view controller);

}  // namespace isolator::cgroup
