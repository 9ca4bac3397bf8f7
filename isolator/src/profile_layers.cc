#include <isolator/profile.h>

#include "profile_values.h"

namespace isolator {

std::vector<std::string> layers(const Spec& spec) {
  std::vector<std::string> out;
  const auto add = [&](bool applied, std::string_view word) {
    if (applied) out.emplace_back(word);
  };
  for (const auto& [word, ns] : namespace_names) add(has(spec.unshare, ns), word);
  add(!spec.join.empty(), "joined namespaces");
  add(!spec.nested_user, "no nested user namespace");
  add(spec.monotonic.count() != 0 || spec.boottime.count() != 0, "time offsets");

  using Method = Root::Method;
  const Root& root = spec.root;
  add(root.method == Method::chroot, "chroot");
  add(root.method == Method::move, "move");
  add(root.method == Method::pivot_root, "pivot_root");
  add(!root.lower.empty(), "overlay");
  add(root.read_only, "read-only root");
  add(!root.masked_paths.empty(), "masked paths");
  add(!root.read_only_paths.empty(), "read-only paths");

  const Identity& identity = spec.identity;
  add(identity.uid.value_or(0) != 0 || identity.gid.value_or(0) != 0 || !identity.groups.empty() ||
          !identity.uid_map.empty() || !identity.gid_map.empty(),
      "identity");
  add(spec.capabilities.has_value(), "capabilities");
  add(spec.process.no_new_privs, "no_new_privs");
  add(spec.landlock.has_value(), "landlock");
  add(spec.seccomp.has_value(), "seccomp");
  add(spec.limits.pids.has_value(), "limits.pids");
  add(spec.limits.memory.has_value(), "limits.memory");
  add(spec.limits.cpu.has_value(), "limits.cpu");
  add(!spec.limits.cpus.empty() || !spec.limits.mems.empty(), "limits.cpuset");
  add(spec.limits.io_weight || !spec.limits.io_max.empty(), "limits.io");
  add(spec.limits.devices.has_value(), "limits.devices");
  for (const Rlimit& rlimit : rlimit_names)
    add(spec.process.rlimits.contains(rlimit.resource), "rlimits." + std::string(rlimit.name));
  add(spec.process.wall.has_value(), "wall");
  return out;
}

}  // namespace isolator
