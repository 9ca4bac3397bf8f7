#pragma once

#include <isolator/fd.h>

#include <sys/types.h>

#include <string>
#include <vector>

namespace escapement {

/// The program that builds the sandbox, with the harness at the other ends of its descriptors. It does not
/// outlive this.
struct Builder {
  pid_t pid = -1;
  isolator::Fd pidfd, to, from, errors;

  Builder() = default;
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;
  ~Builder();
  /// As waitpid(2) gives it; 0 where it has been waited for.
  int wait();
};

/// Throws std::system_error.
void start(Builder& builder, const std::vector<std::string>& argv);

/// What it wrote to standard error, as one line, and not all of a flood.
std::string complaint(const Builder& builder);

}  // namespace escapement
