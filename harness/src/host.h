#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"

namespace escapement {

/// The machine that this process runs on. What cannot be read stays empty.
Host this_host();

/// Was this kernel booted to be attacked, and nothing else, as pytest/escapement/guest.py boots one? It says
/// so on its command line, which nobody who runs on it can change.
bool is_guest_of_its_own(std::string_view command_line);
bool is_guest_of_its_own();

/// "v1", "v2", "hybrid" (both are mounted) or "none", from the text of /proc/PID/mountinfo;
/// proc_pid_mountinfo(5).
std::string cgroup_mode(std::string_view mountinfo);

/// The words of a list such as /sys/kernel/security/lsm: "lockdown,capability,landlock".
std::vector<std::string> comma_list(std::string_view text);

}  // namespace escapement
