#pragma once

#include <isolator/spec.h>

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace escapement {

/// A process as the host sees it in /proc, while it waits for orders.
struct Inside {
  pid_t pid = 0;
  uid_t uid = 0;                                  ///< real uid, in the host's numbers
  std::vector<isolator::IdRange> uid_map;         ///< of its user namespace
  std::map<std::string, std::string> namespaces;  ///< "pid" -> "new" or "shared" with this process
  std::vector<std::string> cgroups;               ///< lines of /proc/PID/cgroup
  std::string call_log;     ///< where a kernel of its own writes answers down; else empty
  bool own_session = true;  ///< another than that of this process: setsid(2)
  bool own_group = true;    ///< the same of its process group: setpgid(2)
};

/// Reads it. Throws std::system_error where /proc does not let this process look.
Inside look_inside(pid_t pid);

/// Empty where the process is just where the Spec wants it: every namespace new or shared as asked, in the
/// cgroups named, and executing `program`; else what is wrong.
std::string misplaced(const Inside& inside, const isolator::Spec& spec,
                      const std::vector<std::string>& cgroups, const std::string& program);

/// device:inode, or empty where it cannot be seen.
std::string identity_of(const std::string& path);

}  // namespace escapement
