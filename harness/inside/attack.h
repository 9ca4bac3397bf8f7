#pragma once

#include "../src/probe_info.h"
#include "../src/record.h"

#include <chrono>
#include <string>

namespace escapement::unwitnessed {

/// Starts the probe as a child of this process, in a process group of its own, gives it the order and takes
/// down what it says. Whatever of that group is left then is killed. What could not be started is `trouble`
/// of the record.
Record attack(const ProbeInfo& probe, const std::string& order, std::chrono::milliseconds patience);

}  // namespace escapement::unwitnessed
