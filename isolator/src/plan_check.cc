// What profiles are checked for with line and column is checked here again for those who fill a Spec in C++.

#include "builder.h"

#include <linux/capability.h>
#include <sched.h>

#include <algorithm>

namespace isolator {
namespace {

using Method = Root::Method;

[[noreturn]] void refuse(std::string what) { throw Error(Step::validate, std::move(what), 0); }

void check_process(const Process& process) {
  if (process.argv.empty()) refuse("process.argv is empty");
  if (!process.init.empty() && !process.program.empty())
    refuse("init runs a command from inside, not program");
  if (process.terminal && !process.new_session)
    refuse("terminal needs new_session: it would be the caller's");
  if (process.terminal &&
      std::none_of(process.fds.begin(), process.fds.end(), [](const auto& fd) { return fd.second == 0; }))
    refuse("terminal is descriptor 0 inside, and none is passed");
  for (const unsigned processor : process.processors)
    if (processor >= CPU_SETSIZE) refuse("processor " + std::to_string(processor) + " is above 1023");
}

void check_inherited(const Spec& spec) {
  if (!spec.process.inherit.descriptors) return;
  // Both take numbers of their own, which may be those of inherited ones.
  const auto notified = [](const Seccomp::Rule& rule) {
    return rule.action.kind == Seccomp::Action::Kind::notify;
  };
  if (spec.landlock ||
      (spec.seccomp && std::any_of(spec.seccomp->rules.begin(), spec.seccomp->rules.end(), notified)))
    refuse("inherited descriptors are not for a sandbox with Landlock or notify");
}

void check_namespaces(const Spec& spec) {
  if (!(spec.process.hostname.empty() && spec.process.domainname.empty()) && !has(spec.unshare, Ns::uts))
    refuse("hostname and domainname need a UTS namespace of their own");
  if (!has(spec.unshare, Ns::user) && !(spec.identity.uid_map.empty() && spec.identity.gid_map.empty()))
    refuse("uid_map and gid_map need a user namespace of their own");
  if (!spec.nested_user) {
    if (!has(spec.unshare, Ns::user)) refuse("nested_user is a limit of a user namespace of its own");
    constexpr std::uint64_t cap_sys_resource = 1 << CAP_SYS_RESOURCE;
    if (!spec.capabilities || spec.capabilities->keep & cap_sys_resource)
      refuse("nested_user: with CAP_SYS_RESOURCE the limit could be lifted from inside");
  }
  if ((spec.monotonic.count() != 0 || spec.boottime.count() != 0) && !has(spec.unshare, Ns::time))
    refuse("time offsets need a time namespace of their own");
  for (const Join& join : spec.join)
    if ((join.pid > 0) == !join.path.empty()) refuse("a namespace to join is that of a process or at a path");
  if (spec.network.kind > Network::Kind::loopback && !has(spec.unshare, Ns::net))
    refuse("network: veth and user are for a network namespace of its own");
}

void check_mounts(const Spec& spec) {
  const bool own_root = spec.root.method != Method::none, new_mounts = has(spec.unshare, Ns::mount);
  if (!new_mounts && !spec.mounts.empty()) refuse("mounts need a mount namespace of their own");
  if (!own_root && (!spec.mounts.empty() || spec.root.read_only))
    refuse("mounts and read_only need a root of their own: root.method is none");
  for (const Mount& mount : spec.mounts)
    if (mount.uid_map.empty() != mount.gid_map.empty() ||
        (!mount.uid_map.empty() && mount.type != Mount::Type::bind))
      refuse("mounts: uid_map and gid_map go together, with a bind");
  if (!spec.files.empty() && !(new_mounts && own_root))
    refuse("files need a mount namespace and a root of their own");
}

void check_root(const Spec& spec) {
  const Root& root = spec.root;
  const bool new_mounts = has(spec.unshare, Ns::mount),
             fresh = root.method != Method::none && root.path.empty();
  if (!new_mounts) {
    if (root.method == Method::move || root.method == Method::pivot_root)
      refuse("move and pivot_root need a mount namespace of their own");
    if (root.read_only || !root.masked_paths.empty() || !root.read_only_paths.empty())
      refuse("read-only and masked paths need a mount namespace of their own");
  }
  if (!root.lower.empty() && !(new_mounts && fresh))
    refuse("an overlay needs a mount namespace and a root of its own, and no other path");
  if (root.size != 0 && !(new_mounts && fresh && root.upper.empty()))
    refuse("root.size is that of a fresh tmpfs");
  if (root.archive.empty() && root.from.empty()) return;
  if (!fresh || !root.lower.empty() || (!root.archive.empty() && !root.from.empty()))
    refuse("root.archive and root.from fill a fresh root, one of them");
  if (!new_mounts && has(spec.unshare, Ns::user))
    refuse("in a user namespace a root that is filled needs a mount namespace as well");
}

}  // namespace

void check_spec(const Spec& spec) {
  check_process(spec.process);
  check_inherited(spec);
  check_mounts(spec);
  check_root(spec);
  check_namespaces(spec);
  if (spec.seccomp && spec.seccomp->otherwise.kind == Seccomp::Action::Kind::notify)
    refuse("seccomp: calls are notified by name");
}

}  // namespace isolator
