#pragma once

#include <sched.h>

#include "child.h"

namespace probe {

/// Becomes root of new namespaces, and calls `body` there.
template <typename Body>
ChildEnd as_root_of(long namespaces, Body body) {
  return in_child([&] {
    Result made = sys(SYS_unshare, CLONE_NEWUSER | namespaces);
    return made ? body() : made;
  });
}

}  // namespace probe
