#pragma once

#include <isolator/spec.h>

#include <linux/filter.h>

#include <vector>

namespace isolator {

/// The rules by which the filter of a Spec, which has one, decides: those of its mode where that is not
/// `filter`. Throws Error{Step::seccomp}.
Seccomp seccomp_rules(const Spec& spec);

/// The same as programs for others to load, all of them: the kernel takes the strictest answer, seccomp(2).
/// Throws Error{Step::seccomp}.
std::vector<std::vector<sock_filter>> seccomp_programs(const Spec& spec);

}  // namespace isolator
