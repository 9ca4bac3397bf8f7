#pragma once

#include <fcntl.h>
#include <sys/statfs.h>

#include "probe.h"

namespace probe {

/// Where a sandbox may let a program write.
inline constexpr const char* scratch_places[] = {"/tmp", "/dev/shm", "/var/tmp", "/"};

/// A file of one's own without a name, which is gone when it is closed.
inline Result make_scratch_file(const char* place) {
  return sys(SYS_openat, AT_FDCWD, place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0700);
}

/// The same in the first place that takes one.
inline Fd scratch_file() {
  for (const char* place : scratch_places)
    if (Fd file{step(Text("open(", quoted(place), ", O_TMPFILE)"), make_scratch_file(place))}) return file;
  stop("no place to make a file");
}

/// Has a set-user-ID bit an effect there?
inline bool honours_set_user_id(int file) {
  struct statfs mounted {};
  constexpr long nosuid = 2;  // ST_NOSUID of statfs(2)
  return sys(SYS_fstatfs, file, &mounted) && (mounted.f_flags & nosuid) == 0;
}

}  // namespace probe
