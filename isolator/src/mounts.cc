// The mount list, by the calls that work on descriptors (fsopen(2), open_tree(2), move_mount(2),
// mount_setattr(2)): a path is looked up once, and inside a root that may be hostile never leaves it
// (openat2(2), RESOLVE_IN_ROOT; CVE-2021-30465).

#include "mounts.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

namespace isolator {
namespace {

using Type = Mount::Type;

constexpr long clone_tree = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;

struct Attributes {
  std::uint64_t flags = 0;
  std::string text;
};

Attributes attributes(const Mount& m, bool with_nodev = true) {
  Attributes out;
  const auto add = [&](bool wanted, std::uint64_t flag, const char* name) {
    if (!wanted) return;
    out.flags |= flag;
    out.text += (out.text.empty() ? "" : "|") + std::string(name);
  };
  add(m.read_only, MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY");
  add(m.nosuid, MOUNT_ATTR_NOSUID, "MOUNT_ATTR_NOSUID");
  add(m.nodev && with_nodev, MOUNT_ATTR_NODEV, "MOUNT_ATTR_NODEV");
  add(m.noexec, MOUNT_ATTR_NOEXEC, "MOUNT_ATTR_NOEXEC");
  if (out.text.empty()) out.text = "0";
  return out;
}

bool is_directory(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

// The nodes of a minimal /dev, each verified: a host or a root that put something else under the name must
// not be bound in its place (CVE-2025-31133).
struct Node {
  const char* name;
  bool (*check)(const void*) noexcept;
};
template <unsigned major, unsigned minor>
bool is_device(const void* scratch) noexcept {
  struct statx info;
  __builtin_memcpy(&info, scratch, sizeof info);
  return (info.stx_mode & S_IFMT) == S_IFCHR && info.stx_rdev_major == major && info.stx_rdev_minor == minor;
}
constexpr Node nodes[] = {{"null", is_device<1, 3>},    {"zero", is_device<1, 5>},
                          {"full", is_device<1, 7>},    {"random", is_device<1, 8>},
                          {"urandom", is_device<1, 9>}, {"tty", is_device<5, 0>}};

Reg clone_node(Builder& b, const Node& node, const Attributes& attrs) {
  const std::string path = std::string("/dev/") + node.name;
  const Reg fd = b.into(node.name, CALL(b, open_tree, FLAGS(AT_FDCWD), path,
                                        Arg(clone_tree, "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC")));
  CALL(b, statx, fd, "", FLAGS(AT_EMPTY_PATH), FLAGS(STATX_BASIC_STATS), Builder::scratch).check = node.check;
  set_attributes(b, fd, attrs.flags, attrs.text, false);
  return fd;
}

std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) out.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

bool below(const std::string& path, const std::string& other) {
  return path.size() > other.size() && path.compare(0, other.size(), other) == 0 && path[other.size()] == '/';
}

// Makes the mount point and what leads to it; returns an O_PATH descriptor of it.
Reg make_target(Builder& b, Reg root, const std::string& target, bool directory) {
  const std::vector<std::string> parts = components(target);
  Reg at = root;
  std::string so_far;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    so_far += "/" + parts[i];
    if (last && !directory)
      CALL(b, mknodat, at, parts[i], FLAGS(S_IFREG | 0644), 0).tolerated = {EEXIST};
    else
      CALL(b, mkdirat, at, parts[i], Arg(0755, "0755")).tolerated = {EEXIST};
    at = resolve(b, root, so_far);
  }
  return at;
}

void attach(Builder& b, Reg mount, Reg target) {
  CALL(b, move_mount, mount, "", target, "", FLAGS(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

Reg new_filesystem(Builder& b, const Mount& m, const char* type) {
  const Reg fs = b.into("fs", CALL(b, fsopen, type, FLAGS(FSOPEN_CLOEXEC)));
  const auto set = [&](const char* key, const std::string& value) {
    if (!value.empty()) CALL(b, fsconfig, fs, FLAGS(FSCONFIG_SET_STRING), key, value, 0);
  };
  if (m.type == Type::tmpfs || m.type == Type::dev) {
    if (m.size != 0) set("size", std::to_string(m.size));
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", unsigned(m.mode));
    set("mode", mode);
  }
  set("subset", m.subset);
  set("hidepid", m.hidepid);
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_CMD_CREATE), Arg(0L, "NULL"), Arg(0L, "NULL"), 0);
  const Attributes attrs = attributes(m);
  return b.into(type, CALL(b, fsmount, fs, FLAGS(FSMOUNT_CLOEXEC), Arg(long(attrs.flags), attrs.text)));
}

void fill_dev(Builder& b, Reg dev, const std::vector<Reg>& sources) {
  for (std::size_t i = 0; i < std::size(nodes); ++i) {
    CALL(b, mknodat, dev, nodes[i].name, FLAGS(S_IFREG | 0644), 0);
    CALL(b, move_mount, sources[i], "", dev, nodes[i].name, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
  }
  CALL(b, symlinkat, "/proc/self/fd", dev, "fd");
  CALL(b, symlinkat, "/proc/self/fd/0", dev, "stdin");
  CALL(b, symlinkat, "/proc/self/fd/1", dev, "stdout");
  CALL(b, symlinkat, "/proc/self/fd/2", dev, "stderr");
}

void make_mount(Builder& b, MountPlan::Entry& entry, Reg root) {
  const Mount& m = *entry.mount;
  b.at(Step::mount, m.target);
  if (!entry.target) entry.target = make_target(b, root, m.target, entry.directory);
  if (m.type == Type::bind) {
    attach(b, entry.sources[0], *entry.target);
    return;
  }
  const char* type = m.type == Type::proc ? "proc" : m.type == Type::sysfs ? "sysfs" : "tmpfs";
  Mount writable = m;
  writable.read_only = false;                      // until it is filled
  if (m.type == Type::dev) writable.nodev = true;  // the nodes are mounts of their own
  const Reg mount = new_filesystem(b, writable, type);
  attach(b, mount, *entry.target);
  if (m.type == Type::dev) fill_dev(b, mount, entry.sources);
  if (m.read_only) set_attributes(b, mount, MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY", false);
}

}  // namespace

Reg resolve(Builder& b, Reg root, const std::string& path) {
  const open_how how{
      .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return b.into("path",
                CALL(b, openat2, root, path,
                     b.keep(how, "{O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}"), sizeof how));
}

void set_attributes(Builder& b, Reg mount, std::uint64_t flags, const std::string& text, bool recursive) {
  if (flags == 0) return;
  const mount_attr attr{.attr_set = flags, .attr_clr = 0, .propagation = 0, .userns_fd = 0};
  const Arg kept = b.keep(attr, "{" + text + "}");
  if (recursive)
    CALL(b, mount_setattr, mount, "", FLAGS(AT_EMPTY_PATH | AT_RECURSIVE), kept, sizeof attr);
  else
    CALL(b, mount_setattr, mount, "", FLAGS(AT_EMPTY_PATH), kept, sizeof attr);
}

// On the host's tree, which the new root will cover.
std::shared_ptr<MountPlan> open_sources(Builder& b) {
  auto plan = std::make_shared<MountPlan>();
  for (const Mount& m : b.spec().mounts) {
    if (m.type == Type::bind && m.optional && access(m.source.c_str(), F_OK) != 0 && errno == ENOENT)
      continue;
    MountPlan::Entry entry{.mount = &m};
    const Attributes attrs = attributes(m, m.type != Type::dev);
    if (m.type == Type::bind) {
      b.at(Step::mount, m.source);
      entry.directory = is_directory(m.source);
      const long flags = clone_tree | (m.recursive ? AT_RECURSIVE : 0);
      const char* text = m.recursive ? "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE"
                                     : "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC";
      entry.sources.push_back(
          b.into("source", CALL(b, open_tree, FLAGS(AT_FDCWD), m.source, Arg(flags, text))));
      set_attributes(b, entry.sources[0], attrs.flags, attrs.text, true);
    } else if (m.type == Type::dev) {
      for (const Node& node : nodes) {
        b.at(Step::mount, std::string("/dev/") + node.name);
        entry.sources.push_back(clone_node(b, node, attrs));
      }
    }
    plan->entries.push_back(std::move(entry));
  }
  for (const std::string& path : b.spec().root.masked_paths) {
    b.at(Step::mount, "/dev/null over " + path);
    plan->covers.push_back(clone_node(b, nodes[0],
                                      {MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
                                       "MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC"}));
  }
  return plan;
}

// Mount points first, then the root turns read-only with all that it brought along, then the mounts, which
// keep what their own entry says. Those that lie in another mount of the list must wait until that is there.
void make_mounts(Builder& b, MountPlan& plan, Reg root) {
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    MountPlan::Entry& entry = plan.entries[i];
    bool nested = false;
    for (std::size_t j = 0; j < i; ++j) nested |= below(entry.mount->target, plan.entries[j].mount->target);
    if (nested) continue;
    b.at(Step::mount, entry.mount->target);
    entry.target = make_target(b, root, entry.mount->target, entry.directory);
  }
  if (b.spec().root.read_only) {
    b.at(Step::root, "read-only");
    set_attributes(b, root, MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY", true);
  }
  for (MountPlan::Entry& entry : plan.entries) make_mount(b, entry, root);
}

}  // namespace isolator
