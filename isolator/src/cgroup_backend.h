#pragma once

#include <cstdint>
#include <string>

#include "cgroup.h"
#include "cgroup_mounts.h"

// The kernel's two cgroup interfaces behind the same functions, each for one directory. `limits` holds what
// the hierarchy of that directory is to keep, and no more. All throw Error{Step::cgroup}.

namespace isolator::cgroup {

namespace v1 {
void limit(const std::string& directory, const Limits& limits);
void count(const std::string& directory, const Limits& limits, Counters& counters);
}  // namespace v1

namespace v2 {
/// The cgroup below which a new one gets the controllers that `limits` need.
///
/// It is the nearest one, from the caller's own upwards, that passes them on (cgroup.subtree_control). The
/// caller's own one mostly cannot: a cgroup that holds processes passes nothing on (cgroups(7), "no internal
/// processes"). What limits the caller between the two then does not limit the sandbox.
///
/// Where none passes them on, the topmost cgroup is told to: the root is exempt from that rule, and root may
/// write it. This one change of the host stays. To take it back would remove the limits of everyone who came
/// to rely on it since, another sandbox of ours among them, and no lock covers all of them.
std::string parent(const Hierarchy& hierarchy, const Limits& limits);

void limit(const std::string& directory, const Limits& limits);
void count(const std::string& directory, const Limits& limits, Counters& counters);
}  // namespace v2

/// Shared by both.

/// The kernel keeps memory limits in whole pages, rounded down.
std::string in_pages(std::uint64_t bytes);

/// Without a file for the swap limit the kernel limits none, which is right only on a host that has none.
/// `file` names it.
void require_no_swap(const std::string& file);

/// CFS bandwidth in microseconds: of each `period` the group may run for `quota`, summed over all processors.
struct Bandwidth {
  std::string quota, period;
};
Bandwidth bandwidth(double processors);

/// Adds the numbers of a file of lines `key value` as `name.key`, or of a file of one number as `name`.
void count_file(const std::string& path, const std::string& name, Counters& counters);

}  // namespace isolator::cgroup
