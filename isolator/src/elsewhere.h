#pragma once

#include <sys/types.h>

#include <string>

namespace isolator {

/// A process that waits in new namespaces, CLONE_NEW* of unshare(2), for as long as this lives. Throws
/// Error{Step::clone}.
class Elsewhere {
 public:
  explicit Elsewhere(int namespaces);
  ~Elsewhere();
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

/// Writes a file of /proc/PID by one write(2), as uid_map takes it (user_namespaces(7)); false, and errno,
/// where it cannot.
bool write_proc(pid_t, const char* file, const std::string& text);

}  // namespace isolator
