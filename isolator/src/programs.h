#pragma once

#include <isolator/error.h>
#include <isolator/fd.h>

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace isolator {

// Programs of the host that do for a launch what the caller may not do itself.

/// Its absolute path, from PATH. Throws Error{step} with the hint.
std::string find_program(const std::string& name, Step step, const std::string& hint);

struct Started {
  pid_t pid;
  Fd stderr_of_it;
  /// The last line that it wrote there, read to the end.
  std::string errors() const;
};

/// Starts argv[0] with the descriptors `fds`, outside -> inside, all above 2. Throws Error{step}.
Started start_program(std::vector<std::string> argv, const std::vector<std::pair<int, int>>& fds, Step step);

/// Waits for its end; returns whether it was a success.
bool end_program(pid_t pid);

}  // namespace isolator
