#pragma once

#include <isolator/launch.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace isolator::testing {

/// A sandbox in which the shell and the programs of this machine run, read-only.
inline Spec shell(const std::string& script) {
  Spec spec;
  spec.unshare = Ns::user | Ns::mount | Ns::pid;
  spec.root.method = Root::Method::pivot_root;
  for (const char* directory : {"/usr", "/bin", "/lib", "/lib64"})
    spec.mounts.push_back({.source = directory, .target = directory, .optional = true, .read_only = true});
  spec.mounts.push_back({.type = Mount::Type::proc, .target = "/proc"});
  spec.process.argv = {"sh", "-c", script};
  spec.process.environment = {{"PATH", "/usr/bin:/bin"}};
  return spec;
}

struct Ran {
  Outcome outcome;
  std::string output;
};

/// What sandboxes write: give each its descriptors, launch them, then read.
class Output {
 public:
  Output() {
    if (pipe2(ends_, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  }
  ~Output() {
    for (const int end : ends_)
      if (end >= 0) close(end);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::vector<std::pair<int, int>> fds() const { return {{ends_[1], 1}, {ends_[1], 2}}; }

  /// All of it, when the last of them has closed its end.
  std::string read() {
    close(std::exchange(ends_[1], -1));
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = ::read(ends_[0], buffer, sizeof buffer)) > 0;) out.append(buffer, std::size_t(n));
    return out;
  }

 private:
  int ends_[2];
};

/// Runs it to its end and returns what it wrote.
inline Ran run(Spec spec) {
  Output output;
  spec.process.fds = output.fds();
  Child child = launch(compile(spec));
  Ran out;
  out.output = output.read();
  out.outcome = child.wait();
  return out;
}

/// Does a new time namespace hold for the payload? Linux 6.1 is one that lets no exec enter it; the launch
/// says so.
inline bool exec_enters_time_namespace() {
  Spec spec = shell("true");
  spec.unshare = spec.unshare | Ns::time;
  try {
    compile(spec);
    return true;
  } catch (const Error& e) {
    return e.code().value() != EOPNOTSUPP;
  }
}

inline std::string output(const std::string& script) { return run(shell(script)).output; }

}  // namespace isolator::testing
