#pragma once

#include "cgroup.h"

namespace isolator::cgroup {

/// SIGKILL to everything in the cgroup `path` and below it, whose cgroups are removed on the way. Returns
/// when all are gone; false, with errno set, where something is left: ETIMEDOUT after five seconds, EINVAL
/// where `path` is no cgroup.
bool kill(const std::string& path) noexcept;

}  // namespace isolator::cgroup
