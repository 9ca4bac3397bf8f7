#pragma once

#include <isolator/spec.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <isolator/fd.h>

namespace isolator {

namespace cgroup {
struct Share;
}

/// What the kernel counted, `file.key` or `file` in its own v2 words: "pids.events.max", "pids.peak",
/// "memory.events.oom_kill", "memory.events.max", "memory.peak" (bytes), "cpu.stat.nr_throttled", ... A
/// counter that this kernel lacks is absent. v1 counts only what happens in the cgroup itself, v2 what
/// happens below it too.
using Counters = std::map<std::string, std::uint64_t>;

/// A cgroup of our own, in every hierarchy that a limit needs: v1, v2 or both. Made by the parent before the
/// sandbox exists and removed, with everything in it, when destroyed.
class Cgroup {
 public:
  /// Makes it, writes the limits and reads them back. Throws Error{Step::cgroup}: a controller that this host
  /// lacks, a limit that did not take, or a directory that the caller may not write is never passed over.
  static Cgroup make(const Limits& limits);

  /// The same, where it is known already which hierarchies keep them.
  static Cgroup make_for(const std::vector<cgroup::Share>&);

  Cgroup(Cgroup&&) noexcept;
  Cgroup& operator=(Cgroup&&) noexcept;
  ~Cgroup();

  /// A descriptor for each v1 hierarchy, to which a process without threads writes "0" to enter by itself. To
  /// move a process by its number the kernel takes a lock that stops every fork and exit of the machine,
  /// after an RCU grace period: milliseconds (cgroup_threadgroup_rwsem). Throws Error{Step::cgroup}.
  std::vector<Fd> doors() const;

  /// A descriptor of the one in v2, for clone3(2) to start a child in (CLONE_INTO_CGROUP); none where no
  /// limit is kept there. Throws Error{Step::cgroup}.
  Fd v2() const;

  /// Moves `pid` into all of them. Throws Error{Step::cgroup}.
  void enter(pid_t pid) const;

  /// Directories on the host, one for each hierarchy.
  std::vector<std::string> paths() const;

  Counters counters() const;

  /// Stops all in it, and returns when the last one has stopped. v1 has a hierarchy for that alone, to which
  /// they are moved. Throws Error{Step::cgroup}, ETIMEDOUT after five seconds; all go on then.
  void freeze();

  /// Lets them go on. Throws Error{Step::cgroup}.
  void thaw();

  /// SIGKILL to all in it, however fast they fork: cgroup.kill where there is one, otherwise until none is
  /// left. Removes the cgroups that the sandbox made below it. Returns when all are gone; throws
  /// Error{Step::cgroup} after five seconds.
  void kill();

  /// kill(), then rmdir(2), waiting out the moment in which the last exit still holds it (EBUSY). Throws
  /// Error{Step::cgroup}.
  void remove();

 private:
  struct State;
  explicit Cgroup(std::unique_ptr<State>);
  std::unique_ptr<State> state_;
};

/// kill() and remove() for one directory of a hierarchy and all below it, by path alone: what the keeper uses
/// when the maker is gone. True where there is none. Returns false, with errno set, where something is left:
/// ETIMEDOUT after five seconds; EINVAL for a path outside of a cgroup file system, which is not touched.
bool remove_cgroup(const std::string& path) noexcept;

}  // namespace isolator
