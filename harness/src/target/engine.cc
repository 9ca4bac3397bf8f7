#include "engine.h"

#include "../write_file.h"
#include "expressed.h"
#include "oci.h"

#include <isolator/seccomp.h>

#include <algorithm>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

void add_mounts(Words& out, const Spec& spec) {
  for (const Mount& mount : spec.mounts) {
    if (mount.type == Mount::Type::tmpfs)
      add(out, {"--tmpfs", mount.target + ":" + tmpfs_options(mount) + (mount.noexec ? ",noexec" : ",exec")});
    if (mount.type == Mount::Type::bind)
      add(out, {"--volume", mount.source + ":" + mount.target + (mount.read_only ? ":ro" : "")});
  }
}

}  // namespace

void add_engine_options(Words& out, const Place& place, const Spec& spec) {
  if (has(spec.unshare, Ns::net)) add(out, {"--network", "none"});
  if (has(spec.unshare, Ns::ipc)) add(out, {"--ipc", "private"});
  if (has(spec.unshare, Ns::cgroup)) add(out, {"--cgroupns", "private"});
  if (spec.root.read_only) out.emplace_back("--read-only");
  add_mounts(out, spec);
  add(out, {"--user", std::to_string(spec.identity.uid.value_or(0)) + ":" +
                          std::to_string(spec.identity.gid.value_or(0))});
  if (spec.capabilities) {
    add(out, {"--cap-drop", "ALL"});
    for (const std::string& name : capability_names(spec.capabilities->keep))
      add(out, {"--cap-add", name.substr(4)});
  }
  if (spec.process.no_new_privs) add(out, {"--security-opt", "no-new-privileges"});
  if (spec.seccomp)
    add(out, {"--security-opt", "seccomp=" + write_file(place.directory + "/seccomp.json",
                                                        oci_seccomp(isolator::seccomp_rules(spec)).dump())});
  if (spec.limits.pids) add(out, {"--pids-limit", std::to_string(*spec.limits.pids)});
  if (spec.limits.memory)
    add(out, {"--memory", std::to_string(*spec.limits.memory), "--memory-swap",
              std::to_string(*spec.limits.memory + spec.limits.swap.value_or(0))});
  if (spec.limits.cpu) add(out, {"--cpus", std::to_string(*spec.limits.cpu)});
  for (const auto& [resource, limit] : spec.process.rlimits)
    add(out, {"--ulimit", rlimit_name(resource) + "=" + std::to_string(limit)});
  if (!spec.process.hostname.empty()) add(out, {"--hostname", spec.process.hostname});
  for (const auto& [name, value] : spec.process.environment) add(out, {"--env", name + "=" + value});
  add(out, {"--workdir", spec.process.cwd});
}

std::vector<Gap> engine_gaps(const Spec& spec) {
  std::vector<Gap> out = gaps_but(
      spec,
      {"mount", "pid", "net", "ipc", "uts", "cgroup", "pivot_root", "read-only root", "identity",
       "capabilities", "no_new_privs", "seccomp", "limits.pids", "limits.memory", "limits.cpu", "rlimits.*"},
      {{"user", "user namespaces are the daemon's to give, to all containers or none"},
       {"masked paths", "its own list of masked paths cannot be changed"},
       {"read-only paths", "its own list of read-only paths cannot be changed"}});
  if (!has_proc(spec)) out.push_back({"mounts", "it always mounts /proc and /sys"});
  return out;
}

}  // namespace escapement
