#pragma once

#include <map>
#include <string>
#include <vector>

namespace escapement {

/// What an attack could leave changed on a host, by what it is called: names, clocks, settings of the kernel,
/// modules, swap, a loaded kernel, processors. What others change all the time is not in it, such as mounts
/// and interfaces; what the harness itself makes of these goes by other ways (isolator/ledger.h).
using HostState = std::map<std::string, std::string>;

/// As this process sees it; what it may not read is left out.
HostState host_state();

/// "hostname: was a, is b". The clock may have drifted by a second.
std::vector<std::string> changes(const HostState& before, const HostState& after);

}  // namespace escapement
