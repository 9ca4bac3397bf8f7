#pragma once

#include "../report.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace escapement {

/// A system call of the probe or of one of its children, as the kernel answered it.
struct Answer {
  SystemCall call;
  long value = 0;  ///< negative: an errno
  int signal = 0;  ///< that ended the process in it; then there is no value
};

/// A process that traces another and all that it starts, by ptrace(2): each system call that returns is
/// written down before the caller goes on.
class Tracer {
 public:
  /// The process may be blocked in a call, which goes on. Throws std::system_error where it may not be
  /// traced.
  explicit Tracer(pid_t traced);
  ~Tracer();  ///< ends the tracer, and with it what it still traces
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  pid_t pid() const { return pid_; }

  /// All answers up to now, in their order.
  std::vector<Answer> answers() const;

  /// Were there more than can be kept?
  bool overflowed() const;

 private:
  struct Log;
  [[noreturn]] static void trace(pid_t traced, Log& log);

  Log* log_;
  pid_t pid_ = -1;
};

}  // namespace escapement
