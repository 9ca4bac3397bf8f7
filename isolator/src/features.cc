#include <isolator/features.h>

#include "attempt.h"
#include "mount_attributes.h"
#include "seccomp_filter.h"

#include <isolator/rootless.h>

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>

namespace isolator {
namespace {

Tried try_mount(Mount::Type type, const char* target, Ns ns = Ns::none) {
  Spec spec;
  spec.unshare = Ns::mount | ns;
  spec.root.method = Root::Method::pivot_root;
  spec.mounts = {{.type = type, .target = target}};
  return build_somehow(spec);
}

Tried try_read_only() {
  Spec spec;
  spec.unshare = Ns::mount;
  spec.root.method = Root::Method::pivot_root;
  spec.root.read_only = true;
  Tried tried = build_somehow(spec);
  if (tried.err == 0 && !has_mount_setattr()) tried.detail += ", by mount(2)";
  return tried;
}

struct Entry {
  const char* name;
  std::function<Tried()> run;
  bool basic = false;                     // no sandbox of any use is built without it
  bool (*wanted)(const Spec&) = nullptr;  // null: by no key of a profile
};

bool always(const Spec&) { return true; }
template <Ns ns>
bool new_namespace(const Spec& spec) {
  return has(spec.unshare, ns);
}
template <Mount::Type type>
bool mounts(const Spec& spec) {
  return std::any_of(spec.mounts.begin(), spec.mounts.end(), [](const Mount& m) { return m.type == type; });
}
bool own_root(const Spec& spec) {
  return has(spec.unshare, Ns::mount) && spec.root.method != Root::Method::none;
}
bool read_only(const Spec& spec) {
  return spec.root.read_only || !spec.root.read_only_paths.empty() ||
         std::any_of(spec.mounts.begin(), spec.mounts.end(), [](const Mount& m) { return m.read_only; });
}
bool idmapped(const Spec& spec) {
  return std::any_of(spec.mounts.begin(), spec.mounts.end(),
                     [](const Mount& m) { return !m.uid_map.empty(); });
}
bool notifies(const Spec& spec) { return spec.seccomp && compile_notifying(spec); }
bool user_network(const Spec& spec) { return spec.network.kind == Network::Kind::user; }
bool in_temporary_directory(const Spec& spec) {
  return spec.root.method == Root::Method::chroot && spec.root.path.empty() && !has(spec.unshare, Ns::mount);
}
bool ranges(const Spec& spec) {
  const auto single = [](const std::vector<IdRange>& map) {
    return map.empty() || (map.size() == 1 && map.front().count == 1);
  };
  return !(single(spec.identity.uid_map) && single(spec.identity.gid_map));
}

std::vector<Entry> entries() {
  using Type = Mount::Type;
  return {
      {"process.clone3", try_clone3, true, always},
      {"namespace.user", [] { return try_namespace(Ns::user); }, geteuid() != 0, new_namespace<Ns::user>},
      {"namespace.user.capabilities", try_user_capabilities, geteuid() != 0, new_namespace<Ns::user>},
      {"namespace.mount", [] { return try_namespace(Ns::mount); }, true, new_namespace<Ns::mount>},
      {"namespace.pid", [] { return try_namespace(Ns::pid); }, true, new_namespace<Ns::pid>},
      {"namespace.net", [] { return try_namespace(Ns::net); }, false, new_namespace<Ns::net>},
      {"namespace.ipc", [] { return try_namespace(Ns::ipc); }, false, new_namespace<Ns::ipc>},
      {"namespace.uts", [] { return try_namespace(Ns::uts); }, false, new_namespace<Ns::uts>},
      {"namespace.cgroup", [] { return try_namespace(Ns::cgroup); }, false, new_namespace<Ns::cgroup>},
      {"namespace.time", [] { return try_namespace(Ns::time); }, false, new_namespace<Ns::time>},
      {"identity.ranges", try_id_ranges, false, ranges},
      {"mount.api", try_mount_api, true, own_root},
      {"mount.read_only", try_read_only, true, read_only},
      {"mount.proc", [] { return try_mount(Type::proc, "/proc", Ns::pid); }, false, mounts<Type::proc>},
      {"mount.sysfs", [] { return try_mount(Type::sysfs, "/sys", Ns::net); }, false, mounts<Type::sysfs>},
      {"mount.dev", [] { return try_mount(Type::dev, "/dev"); }, false, mounts<Type::dev>},
      {"mount.devpts", [] { return try_mount(Type::devpts, "/pts"); }, false, mounts<Type::devpts>},
      {"mount.mqueue", [] { return try_mount(Type::mqueue, "/mq", Ns::ipc); }, false, mounts<Type::mqueue>},
      {"mount.overlay", try_overlay, false, [](const Spec& spec) { return !spec.root.lower.empty(); }},
      {"mount.idmapped", try_idmapped_mount, false, idmapped},
      {"root.temporary", try_temporary_directory, false, in_temporary_directory},
      {"landlock", try_landlock, false, [](const Spec& spec) { return spec.landlock.has_value(); }},
      {"seccomp.filter", try_seccomp_filter, true, [](const Spec& spec) { return spec.seccomp.has_value(); }},
      {"seccomp.notify", try_seccomp_notification, false, notifies},
      {"process.pidfd", try_pidfd, true, always},
      {"process.pidfd_setns", try_pidfd_setns, false,
       [](const Spec& spec) {
         return std::any_of(spec.join.begin(), spec.join.end(), [](const Join& j) { return j.pid != 0; });
       }},
      {"process.clone_into_cgroup", try_clone_into_cgroup},
      {"process.keyring", try_keyring, false, [](const Spec& spec) { return spec.process.new_keyring; }},
      {"process.personality", try_personality, false,
       [](const Spec& spec) { return spec.process.personality.has_value(); }},
      {"process.ptrace", try_ptrace, false, [](const Spec& spec) { return spec.process.stop_at_exec; }},
      {"cgroup.pids", [] { return try_controller("pids"); }, false,
       [](const Spec& spec) { return spec.limits.pids.has_value(); }},
      {"cgroup.memory", [] { return try_controller("memory"); }, false,
       [](const Spec& spec) { return spec.limits.memory.has_value(); }},
      {"cgroup.cpu", [] { return try_controller("cpu"); }, false,
       [](const Spec& spec) { return spec.limits.cpu.has_value(); }},
      {"network.tun", try_tun, false, user_network},
      {"network.slirp4netns", [] { return try_program("slirp4netns"); }, false, user_network},
  };
}

Feature feature(const std::string& name, bool needed, const Tried& tried) {
  return {name, needed, tried.err == 0, tried.err, tried.detail, remedy(name, tried)};
}

// What the flags of the file system of `path` forbid, of what is wanted: none of it can be had through a
// mount of ours either, in a user namespace (mount_namespaces(7)).
void check_flags(std::vector<Feature>& out, const std::string& path, unsigned long unwanted) {
  struct statvfs info {};
  if (statvfs(path.c_str(), &info) != 0) return;  // "sandbox" says so
  constexpr std::pair<unsigned long, const char*> words[] = {
      {ST_NOEXEC, "noexec"}, {ST_NODEV, "nodev"}, {ST_NOSUID, "nosuid"}, {ST_RDONLY, "ro"}};
  for (const auto& [flag, word] : words)
    if ((info.f_flag & unwanted & flag) != 0)
      out.push_back({"filesystem " + path, true, false, 0, std::string("is mounted ") + word,
                     "mount -o remount," + std::string(flag == ST_RDONLY ? "rw" : word + 2) +
                         " $(findmnt -no TARGET -T " + path + ")"});
}

void check_file_systems(std::vector<Feature>& out, const Spec& spec) {
  const Root& root = spec.root;
  std::vector<std::string> trees = root.lower;
  if (!root.path.empty()) trees.push_back(root.path);
  for (const std::string& tree : trees) check_flags(out, tree, ST_NOEXEC);
  if (!root.upper.empty()) check_flags(out, root.upper, ST_RDONLY);
  // A bind is nodev, nosuid and read-only unless the profile says otherwise, and then it means it. That a
  // program shall be run from each cannot be known.
  for (const Mount& mount : spec.mounts)
    if (mount.type == Mount::Type::bind)
      check_flags(
          out, mount.source,
          (mount.nodev ? 0 : ST_NODEV) | (mount.nosuid ? 0 : ST_NOSUID) | (mount.read_only ? 0 : ST_RDONLY));
}

}  // namespace

std::vector<Feature> features() {
  std::vector<Feature> out;
  for (const Entry& entry : entries()) out.push_back(feature(entry.name, entry.basic, entry.run()));
  return out;
}

std::vector<Feature> features(const Profile& profile) {
  std::vector<Feature> out;
  for (const Entry& entry : entries())
    if (entry.wanted != nullptr && entry.wanted(profile.spec))
      out.push_back(feature(entry.name, true, entry.run()));
  check_file_systems(out, profile.spec);
  out.push_back(sandbox(profile));
  return out;
}

Feature sandbox(const Profile& profile) {
  return feature("sandbox", true, in_fork([&]() -> Tried {
                   if (profile.rootless) become_nobody();
                   return build(profile.spec);
                 }));
}

}  // namespace isolator
