#pragma once

#include <isolator/posture.h>

#include "cgroup_mounts.h"

namespace isolator {

/// The limits of the cgroup that the membership names, by whichever hierarchy has the controller. One that
/// cannot be seen from here is no fact.
void observe_limits(const cgroup::Tables&, Posture&);

}  // namespace isolator
