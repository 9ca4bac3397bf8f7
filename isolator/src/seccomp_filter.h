#pragma once

#include <isolator/spec.h>

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace isolator {

/// The addresses by which a filter knows the exec that starts the payload. It is let through where no rule
/// names the call; no other exec has these arguments, for their memory is gone with the first.
struct ExecArguments {
  long argv, environment;
};

using Filter = std::vector<sock_filter>;

/// The filter of a Spec, which has one, by whichever of the two below. Throws Error{Step::seccomp}.
Filter compile_filter(const Spec& spec, const ExecArguments& exec);

/// The one that stands beside it, of the calls that are notified, all of which the other allows. Nothing
/// where there are none. Throws Error{Step::seccomp}.
std::optional<Filter> compile_notifying(const Spec& spec);

/// Refuses some of what a list lets through, by its arguments: `ioctl` with TIOCSTI.
bool is_exception(const Seccomp::Rule& rule);

/// The filter of those, which allows all else and stands beside the one that decides the rest: libseccomp
/// lets a rule without conditions win over one with some. Nothing where there are none. Throws
/// Error{Step::seccomp}.
std::optional<Filter> compile_exceptions(const Spec& spec);

/// Any filter, compiled by libseccomp. Throws Error{Step::seccomp}.
Filter compile_rules(const Seccomp& wanted, const ExecArguments& exec);

/// A filter whose rules look at no arguments: ranges of system call numbers that share an action, found by
/// binary search. It answers as that of compile_rules and takes a tenth of the time to compile, which for a
/// list of two hundred calls was a fifth of all that `isolator run` takes. Nothing where a rule does look at
/// arguments. Throws Error{Step::seccomp}.
std::optional<Filter> compile_list(const Seccomp& wanted, const ExecArguments& exec);

/// The number of a system call, negative for one of another architecture (libseccomp's pseudo numbers).
/// Throws Error{Step::seccomp} for a name that libseccomp does not know.
int syscall_number(const std::string& name);

/// SECCOMP_RET_... for an action: seccomp(2).
std::uint32_t return_value(const Seccomp::Action& action);

}  // namespace isolator
