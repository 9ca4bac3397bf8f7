#pragma once

#include <isolator/posture.h>

namespace isolator {

/// "path PATH" and "file PATH", for those of which `asked` has a fact. `out` holds the mounts of the
/// process.
void observe_paths(pid_t, const Posture& asked, Posture& out);

/// "hostname", "domainname" and "nested_user", which the kernel shows to who is in the namespace only: so a
/// process joins it, and tells. Absent where the caller may not join.
void observe_names(pid_t, Posture& out);

}  // namespace isolator
