#pragma once

#include <isolator/spec.h>

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace isolator {

/// What a process is, in words, each fact under its name: "namespace.pid" is "new", "capabilities.effective"
/// is "none", "mount /proc" is "proc rw,nosuid,nodev,noexec". docs/posture.md lists them.
using Posture = std::map<std::string, std::string>;

/// What the Spec asks for, of all that can be told from outside. A fact that it leaves to the kernel is
/// absent. Throws Error{Step::validate} where the caller's own state, which some facts follow from, cannot be
/// read.
Posture expected(const Spec&);

/// What /proc tells of a running process, compared with the caller for what can only be compared. Throws
/// std::system_error where it may not look, or the process is gone. Of single paths inside it tells only
/// those of which `asked`, an expectation, has a fact.
Posture observe(pid_t pid, const Posture& asked = {});

/// A line for each expected fact that is not so: "namespace.pid: shared; expected new". Empty: every layer
/// that can be seen was applied.
std::vector<std::string> differences(const Posture& expected, const Posture& seen);

}  // namespace isolator
