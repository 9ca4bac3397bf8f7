#pragma once

#include "../inside.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace escapement {

/// Are controllers spread over hierarchies of both versions here? cgroups(7)
bool is_hybrid();

/// The directories that the control group of this path has, one in each hierarchy that is mounted.
std::vector<std::string> control_group_directories(const std::string& path);

/// Removes it, with those below it, where it is there. Throws std::system_error where somebody is still in
/// it.
void remove_control_group(const std::string& directory);

/// What the control groups of a process count, in the words of v2: "pids.events.max" and
/// "memory.events.oom_kill", where it is in one that counts them.
std::map<std::string, std::uint64_t> counters_of(const Inside& inside);

}  // namespace escapement
