#pragma once

#include <fcntl.h>
#include <sys/statfs.h>

#include "probe.h"

namespace probe {

/// A file of one's own without a name, which is gone when it is closed, in the first place that takes one.
inline Fd scratch_file() {
  for (const char* place : {"/tmp", "/dev/shm", "/var/tmp", "/"}) {
    Result made = sys(SYS_openat, AT_FDCWD, place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
    step(Text("open(", quoted(place), ", O_TMPFILE)"), made);
    if (made) return Fd(made);
  }
  stop("no place to make a file");
}

/// Has a set-user-ID bit an effect there?
inline bool honours_set_user_id(int file) {
  struct statfs mounted {};
  constexpr long nosuid = 2;  // ST_NOSUID of statfs(2)
  return sys(SYS_fstatfs, file, &mounted) && (mounted.f_flags & nosuid) == 0;
}

}  // namespace probe
