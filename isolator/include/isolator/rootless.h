#pragma once

namespace isolator {

/// The uid and gid that Linux reserves for nobody.
inline constexpr unsigned nobody = 65534;

/// Makes a process that is root nobody's, for good: no groups, no capability, yet its /proc files its own
/// again. Does nothing for any other user. Throws std::system_error.
void become_nobody();

}  // namespace isolator
