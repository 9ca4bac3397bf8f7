#include "cgroup_mounts.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <vector>

#include "cgroup_files.h"
#include "mountinfo.h"

namespace isolator::cgroup {

namespace {

bool is_v2(const MountLine& mount) { return mount.type == "cgroup2"; }

/// Those of cgroup hierarchies. Most lines are others: they are left before they are split.
std::vector<MountLine> cgroup_mounts(std::string_view mountinfo) {
  std::vector<MountLine> mounts;
  while (!mountinfo.empty()) {
    const std::string_view line = next(mountinfo, '\n');
    if (line.find(" - cgroup") == line.npos) continue;
    MountLine mount = parse_mount_line(line);
    if (is_v2(mount) || mount.type == "cgroup") mounts.push_back(std::move(mount));
  }
  return mounts;
}

/// The path of the caller's cgroup: of `ID:LIST:PATH` the line whose list names the controller, or 0:: for
/// v2.
std::optional<std::string> own_cgroup(std::string_view membership, bool v2, std::string_view controller) {
  while (!membership.empty()) {
    std::string_view line = next(membership, '\n');
    const std::string_view id = next(line, ':');
    const std::string_view list = next(line, ':');
    if (v2 ? id == "0" && list.empty() : contains(list, controller, ',')) return std::string(line);
  }
  return std::nullopt;
}

/// The directory at which `mount` shows the cgroup `path`; nothing where it shows another part of the
/// hierarchy. What is outside of the root of the caller's cgroup namespace is written with /.., which hides
/// the names.
std::optional<std::string> visible_at(const MountLine& mount, const std::string& path) {
  const std::string root = mount.root == "/" ? "" : mount.root;
  if (!path.starts_with(root)) return std::nullopt;
  const std::string below = path == "/" ? "" : path.substr(root.size());
  if (!below.empty() && below[0] != '/') return std::nullopt;
  if (below == "/.." || below.starts_with("/../")) return std::nullopt;
  return mount.point + below;
}

/// A mount point may be covered by a later mount, and a cgroup removed under its processes: look before
/// trusting the text.
bool is_on(const std::string& directory, const std::string& device) {
  struct stat st;
  return ::stat(directory.c_str(), &st) == 0 && S_ISDIR(st.st_mode) &&
         device == std::to_string(major(st.st_dev)) + ":" + std::to_string(minor(st.st_dev));
}

}  // namespace

Tables read_tables() { return {read_file("/proc/self/mountinfo"), read_file("/proc/self/cgroup")}; }

Hierarchy find(const Tables& tables, std::string_view controller) {
  const std::string_view v1_name = controller == "io" ? "blkio" : controller;
  const std::vector<MountLine> mounts = cgroup_mounts(tables.mountinfo);
  const auto has = [&](const MountLine& mount) {
    if (!is_v2(mount)) return contains(mount.super_options, v1_name, ',');
    return contains(read_if_there(mount.point + "/cgroup.controllers").value_or(""), controller, ' ');
  };
  bool mounted = std::any_of(mounts.begin(), mounts.end(), has);
  const bool any_v2 = controller == "devices" && !mounted;
  for (const MountLine& mount : mounts) {
    if (any_v2 ? !is_v2(mount) : !has(mount)) continue;
    mounted = true;
    const std::optional<std::string> path = own_cgroup(tables.membership, is_v2(mount), v1_name);
    if (!path) continue;
    const std::optional<std::string> own = visible_at(mount, *path);
    if (own && is_on(*own, mount.device)) return {is_v2(mount), mount.point, *own};
  }
  const std::string object(controller);
  if (mounted)
    fail(object, ENOENT,
         "the cgroup of this process is not below any mount of the hierarchy: "
         "mount it anew in this cgroup namespace");
  fail(object, EOPNOTSUPP,
       "no mounted cgroup hierarchy has this controller: mount cgroup2, or see /proc/cgroups for what is "
       "enabled");
}

}  // namespace isolator::cgroup
