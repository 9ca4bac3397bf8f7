#pragma once

#include <isolator/spec.h>

namespace isolator {

/// A user may limit a sandbox only in a cgroup that was given to him (cgroups(7), "Delegation"). Where the
/// calling process has none that keeps `limits` and a systemd runs for its user, asks that for a scope
/// (systemd.scope(5)) called isolator-PID.scope, with all controllers that it can give, and returns once the
/// whole calling process is in it: a plan that is compiled then has its cgroup there. systemd removes the
/// scope with its last process. Does nothing for root, without limits, where a v1 hierarchy keeps one of them
/// (which systemd gives to nobody), and where there is no such systemd: the launch then says what is missing.
/// Throws Error{Step::cgroup} where systemd refuses, with what it said, or has not moved the process after
/// five seconds.
void find_scope(const Limits& limits);

}  // namespace isolator
