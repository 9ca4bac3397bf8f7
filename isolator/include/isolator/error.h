#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace isolator {

/// The steps of a launch, in the order in which they are taken. An error names the one that failed.
enum class Step : std::uint8_t {
  validate,      // the Spec contradicts itself
  cgroup,        // make, limit, enter
  clone,         // clone3(2)
  maps,          // uid_map, gid_map
  fds,           // close_range(2), dup3(2)
  session,       // setsid(2)
  hostname,      // sethostname(2)
  loopback,      // bring lo up
  network,       // interfaces, addresses, routes, or the program that is the network
  propagation,   // make / private
  mount,         // one entry of the mount list
  root,          // pivot_root(2), chroot(2), MS_MOVE
  namespaces,    // unshare(2) of those that must come late, time offsets, no nested ones
  limits,        // setrlimit(2), /proc/self/oom_score_adj
  schedule,      // nice, I/O priority, processors
  keyring,       // keyctl(2)
  personality,   // personality(2)
  capabilities,  // bounding, ambient, capset(2)
  identity,      // setgroups(2), setresgid(2), setresuid(2)
  parent,        // PR_SET_PDEATHSIG, and is the parent still there?
  cwd,           // chdir(2)
  no_new_privs,  // PR_SET_NO_NEW_PRIVS
  landlock,      // landlock_restrict_self(2)
  seccomp,       // seccomp(2)
  exec,          // execve(2), execveat(2)
  wait,          // waitid(2)
};

std::string_view name(Step) noexcept;

/// What failed, on what, and why: the only exception that the library throws. `code()` holds the errno, or 0
/// where no system call was made (a Spec that contradicts itself).
class Error : public std::system_error {
 public:
  Error(Step failed, std::string on, int err, std::string advice = "");

  /// Step, object and reason; no reason where there is no errno.
  const char* what() const noexcept override;

  Step step;
  std::string object;  ///< path, interface, capability, limit, ...
  std::string hint;    ///< what the reader can do about it; may be empty

 private:
  std::string failed_;
};

}  // namespace isolator
