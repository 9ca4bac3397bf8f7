#pragma once

#include <isolator/spec.h>

#include <vector>

#include "cgroup_mounts.h"

namespace isolator::cgroup {

/// What one hierarchy is to keep.
struct Share {
  Hierarchy hierarchy;
  Limits limits;
};

/// A hierarchy that no limit needs is not touched; controllers may share one, or have one each. Throws
/// Error{Step::cgroup}.
std::vector<Share> shares(const Limits&, const Tables&);

}  // namespace isolator::cgroup
