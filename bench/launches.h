#pragma once

#include "way.h"

namespace bench {

isolator::Spec strict();            ///< the profile, with the payload
isolator::Spec no_net();            ///< without a network namespace, which costs more than all the rest
isolator::Spec no_net_no_limits();  ///< and without a cgroup, with rlimits instead

}  // namespace bench
