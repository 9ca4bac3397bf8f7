#include "cgroup_mounts.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "cgroup_files.h"

namespace isolator::cgroup {

namespace {

/// One line of mountinfo that is a cgroup hierarchy.
struct Mount {
  bool v2;
  std::string device;  // major:minor
  std::string root;    // cgroup that is visible at `point`, as the caller's cgroup namespace names it
  std::string point;
  std::string options;  // of the superblock; v1 names the controllers here
};

/// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out += char((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<Mount> cgroup_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    std::string_view line = next(mountinfo, '\n');
    const std::size_t dash = line.find(" - cgroup");  // most lines are others: leave before splitting
    if (dash == line.npos) continue;
    std::string_view tail = line.substr(dash + 3);
    const std::string_view type = next(tail, ' ');
    if (type != "cgroup" && type != "cgroup2") continue;
    next(tail, ' ');  // the source, any text
    next(line, ' ');  // mount id
    next(line, ' ');  // parent id
    const std::string_view device = next(line, ' ');
    const std::string_view root = next(line, ' ');
    const std::string_view point = next(line, ' ');
    mounts.push_back(
        {type == "cgroup2", std::string(device), unescape(root), unescape(point), std::string(tail)});
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
std::optional<std::string> visible_at(const Mount& mount, const std::string& path) {
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
  bool mounted = false;
  for (const Mount& mount : cgroup_mounts(tables.mountinfo)) {
    const std::string has =
        mount.v2 ? read_if_there(mount.point + "/cgroup.controllers").value_or("") : mount.options;
    if (!contains(has, controller, mount.v2 ? ' ' : ',')) continue;
    mounted = true;
    const std::optional<std::string> path = own_cgroup(tables.membership, mount.v2, controller);
    if (!path) continue;
    const std::optional<std::string> own = visible_at(mount, *path);
    if (own && is_on(*own, mount.device)) return {mount.v2, mount.point, *own};
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
