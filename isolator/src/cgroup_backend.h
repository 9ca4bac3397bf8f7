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
///
/// Who is not root needs one that he may write. If none of those passes them on, the caller's own is told to,
/// and the processes in it, which hinder that, are moved into a cgroup below it, where they stay.
std::string parent(const Hierarchy& hierarchy, const Limits& limits);

void limit(const std::string& directory, const Limits& limits);
void count(const std::string& directory, const Limits& limits, Counters& counters);
}  // namespace v2

/// Of both, each in a source of its own. What is not limited is left alone.
void limit_cpuset(const std::string& directory, const Limits&, bool v2);
void limit_io(const std::string& directory, const Limits&, bool v2);
void limit_devices(const std::string& directory, const Limits&, bool v2);

/// cgroup.freeze of v2, freezer.state of v1. freeze() returns when all in it have stopped; freeze_members()
/// moves all that are in `others`, of another v1 hierarchy, into the empty `directory` before.
void freeze(const std::string& directory, bool v2);
void freeze_members(const std::string& directory, const std::string& others);
void thaw(const std::string& directory, bool v2);

/// "254:0" of a block device, given by path or by that number. Throws Error{Step::cgroup}.
std::string device_number(const std::string& device);

/// As a posture tells them: "254:0 rbps=1048576 wiops=100, ...", and "c 1:3 rwm, ...", "none" or "all". What
/// is asked for, and what the kernel keeps.
std::string io_max_text(const Limits&);
std::string io_max_text(const std::string& directory, bool v2);
std::string devices_text(const std::vector<Limits::Device>&);
std::string devices_text(const std::string& directory, bool v2);

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
