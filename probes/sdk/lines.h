#pragma once

#include <fcntl.h>

#include "probe.h"

namespace probe {

/// Calls visit(std::string_view) for each line of a file. Answers the open(2) that failed, or the last
/// read(2). What is longer than 511 bytes is cut.
template <typename Visit>
Result each_line(const char* path, Visit visit) {
  Result opened = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (!opened) return opened;
  Fd file(step(Text("open(", quoted(path), ")"), opened));
  Text line;
  for (char bytes[1024] = "";;) {
    Result size = sys(SYS_read, file.get(), bytes, sizeof bytes);
    if (!size || size.value == 0) return size;
    for (long at = 0; at < size.value; ++at) {
      if (bytes[at] != '\n') {
        line.add(std::string_view(bytes + at, 1));
        continue;
      }
      visit(line.view());
      line = Text();
    }
  }
}

}  // namespace probe
