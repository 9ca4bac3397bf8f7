#pragma once

#include <isolator/profile.h>

#include <string>
#include <vector>

namespace isolator {

/// Something that a sandbox may be built of, and whether this caller has it on this host.
struct Feature {
  std::string name;     ///< "namespace.user", "cgroup.pids"; docs/isolator.md lists them
  bool needed = false;  ///< without it the sandbox in question cannot be built, or no sandbox at all
  bool available = false;
  int err = 0;         ///< the errno of the refusal; 0 where no system call was refused
  std::string detail;  ///< what was found: "ABI 6", "v1 /sys/fs/cgroup/pids"; or what was refused
  std::string remedy;  ///< what to do; beside `available`: about the part that is missing
};

/// All of them, each tried in a child process of its own, and never known by the version of the kernel: what
/// a kernel has, a sysctl, a security module, a container engine's filter or a missing delegation takes away
/// again. Nothing is left of the attempts; should the caller be killed meanwhile, nothing is left under a
/// keeper (keeper.h). Takes less than a second. Throws std::system_error where no process can be started.
std::vector<Feature> features();

/// Those that the sandbox of `profile` needs, what the flags of a file system take from it, and last
/// "sandbox": could all of it be built together? For the calling user: see become_nobody().
std::vector<Feature> features(const Profile& profile);

/// The last of these alone. Builds it up to the exec, which is never made, and as nobody where the profile is
/// rootless and the caller root.
Feature sandbox(const Profile& profile);

}  // namespace isolator
