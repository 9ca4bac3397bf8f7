#pragma once

#include <isolator/spec.h>

#include <cstdint>

namespace isolator {

/// read, write, exit and sigreturn; SIGSYS for the rest.
Seccomp strict_filter();

/// What the container engines allow by default to who keeps these capabilities; EPERM for the rest.
Seccomp engine_filter(std::uint64_t capabilities);

/// Where a rule looks at the flags of clone(2), clone3(2) fails with ENOSYS, if it is not denied otherwise.
void refuse_clone3_beside_flags(Seccomp& filter);

}  // namespace isolator
