#pragma once

#include <isolator/spec.h>

#include <cstdint>

namespace isolator {

// Of a Spec that has capabilities.

/// What of `keep` the payload gets: all of it, or what the caller has. Throws Error{Step::capabilities}.
std::uint64_t kept_capabilities(const Spec&);

/// Does an exec keep nothing for this uid but what is ambient?
bool needs_ambient(const Spec&);

}  // namespace isolator
