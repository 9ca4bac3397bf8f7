#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace escapement {

/// The machine that this process runs on. What cannot be read stays empty.
Host this_host();

/// "v1", "v2", "hybrid" (both are mounted) or "none", from the text of /proc/PID/mountinfo;
/// proc_pid_mountinfo(5).
std::string cgroup_mode(std::string_view mountinfo);

/// The words of a list such as /sys/kernel/security/lsm: "lockdown,capability,landlock".
std::vector<std::string> comma_list(std::string_view text);

}  // namespace escapement
