#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What the figures depend on, beside the processors and the load that Google Benchmark records: the kernel,
/// the mounts of this mount namespace (each is copied for a new one), the cgroup mode and the mode of RCU (a
/// network namespace waits for it when it goes).
std::vector<std::pair<std::string, std::string>> context();

}  // namespace bench
