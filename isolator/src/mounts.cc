// The mount list, by the calls that work on descriptors (fsopen(2), open_tree(2), move_mount(2),
// mount_setattr(2)), none of which looks up a path twice.

#include "mount_attributes.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include <algorithm>
#include <span>

namespace isolator {
namespace {

using Type = Mount::Type;

constexpr long clone_tree = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;

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
  set_detached(b, fd, attrs, false);
  return fd;
}

bool below(const std::string& path, const std::string& other) {
  return path.size() > other.size() && path.compare(0, other.size(), other) == 0 && path[other.size()] == '/';
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
    set("mode", in_octal(m.mode));
    if (m.inodes != 0) set("nr_inodes", std::to_string(m.inodes));
  }
  if (m.type == Type::devpts) {
    set("ptmxmode", "0666");  // of a node in it: the one in /dev is a link to that
    set("mode", "0620");
  }
  set("subset", m.subset);
  set("hidepid", m.hidepid);
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_CMD_CREATE), Arg(0L, "NULL"), Arg(0L, "NULL"), 0);
  const Attributes attrs = at_once(attributes_of(m));
  return b.into(type, CALL(b, fsmount, fs, FLAGS(FSMOUNT_CLOEXEC), Arg(long(attrs.flags), attrs.text)));
}

void fill_dev(Builder& b, Reg dev, const Mount& m, const std::vector<Reg>& sources) {
  for (std::size_t i = 0; i < std::size(nodes); ++i) {
    CALL(b, mknodat, dev, nodes[i].name, FLAGS(S_IFREG | 0644), 0);
    CALL(b, move_mount, sources[i], "", dev, nodes[i].name, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
  }
  if (!has_mount_setattr())
    for (std::size_t i = 0; i < std::size(nodes); ++i) {
      const std::string path = std::string("/dev/") + nodes[i].name;
      set_attached(b, sources[i], path, attributes_of(m, false), attributes_at(path));
    }
  b.at(Step::mount, m.target);
  CALL(b, symlinkat, "/proc/self/fd", dev, "fd");
  CALL(b, symlinkat, "/proc/self/fd/0", dev, "stdin");
  CALL(b, symlinkat, "/proc/self/fd/1", dev, "stdout");
  CALL(b, symlinkat, "/proc/self/fd/2", dev, "stderr");
}

void make_mount(Builder& b, MountPlan::Entry& entry, Reg root) {
  const Mount& m = *entry.mount;
  b.at(Step::mount, m.target);
  if (!entry.target) entry.target = make_target(b, root, m.target, entry.directory);
  if (!m.uid_map.empty()) {  // CAP_SYS_ADMIN inside gives no right to change the owners of the host's files
    const std::uint32_t wait = b.await("the parent has attached " + m.source + " with the owners of its map");
    b.store().tasks.push_back(
        {Plan::Store::Task::Kind::owners, wait, &m, b.store().owners[std::size_t(entry.owners)].get()});
    return;
  }
  if (m.type == Type::bind) {
    attach(b, entry.sources[0], *entry.target);
    if (!has_mount_setattr()) set_tree(b, entry.sources[0], m.target, attributes_of(m));
    return;
  }
  Mount writable = m;
  writable.read_only = false;                      // until it is filled
  if (m.type == Type::dev) writable.nodev = true;  // the nodes are mounts of their own
  const Reg mount = new_filesystem(b, writable, filesystem(m.type));
  attach(b, mount, *entry.target);
  if (m.type == Type::dev) fill_dev(b, mount, m, entry.sources);
  if (m.read_only)
    entry.to_be_read_only = mount;
  else if (!has_mount_setattr())
    set_attached(b, mount, m.target, attributes_of(writable), at_once(attributes_of(writable)).flags);
}

// Is the path in one of the mounts of the list?
bool nested(const std::string& path, std::span<const MountPlan::Entry> entries) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const MountPlan::Entry& entry) { return below(path, entry.mount->target); });
}

}  // namespace

const char* filesystem(Mount::Type type) {
  switch (type) {
    case Type::proc:
      return "proc";
    case Type::sysfs:
      return "sysfs";
    case Type::devpts:
      return "devpts";
    case Type::mqueue:
      return "mqueue";
    default:
      return "tmpfs";
  }
}

std::vector<const char*> device_names() {
  std::vector<const char*> out;
  for (const Node& node : nodes) out.push_back(node.name);
  return out;
}

// On the host's tree, which the new root will cover.
std::shared_ptr<MountPlan> open_sources(Builder& b) {
  auto plan = std::make_shared<MountPlan>();
  for (const Mount& m : b.spec().mounts) {
    if (m.type == Type::bind && m.optional && access(m.source.c_str(), F_OK) != 0 && errno == ENOENT)
      continue;
    MountPlan::Entry entry{.mount = &m};
    const Attributes attrs = attributes_of(m, m.type != Type::dev);
    if (m.type == Type::bind) {
      b.at(Step::mount, m.source);
      entry.directory = is_directory(m.source);
      if (!m.uid_map.empty()) {
        entry.owners = int(b.store().owners.size());
        Fd made = owners_of(b.store(), m);
        b.store().owners.push_back(std::move(made));
        plan->entries.push_back(std::move(entry));
        continue;
      }
      const long flags = clone_tree | (m.recursive ? AT_RECURSIVE : 0);
      const char* text = m.recursive ? "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE"
                                     : "OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC";
      entry.sources.push_back(
          b.into("source", CALL(b, open_tree, FLAGS(AT_FDCWD), m.source, Arg(flags, text))));
      set_detached(b, entry.sources[0], attrs, true);
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
    plan->covers.push_back(clone_node(b, nodes[0], attributes_of_mask()));
  }
  return plan;
}

// Mount points and files first, then the root turns read-only with all that it brought along, then the
// mounts, which keep what their own entry says. What lies in another mount of the list must wait until that
// is there; a mount of our own turns read-only when all that belongs into it is there.
void make_mounts(Builder& b, MountPlan& plan, Reg root) {
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    MountPlan::Entry& entry = plan.entries[i];
    if (nested(entry.mount->target, std::span(plan.entries).first(i))) continue;
    b.at(Step::mount, entry.mount->target);
    entry.target = make_target(b, root, entry.mount->target, entry.directory);
  }
  for (const File& file : b.spec().files)
    if (!nested(file.path, plan.entries)) make_file(b, root, file);
  if (b.spec().root.read_only) {
    b.at(Step::root, "read-only");
    if (b.spec().root.path.empty() && !has_mount_setattr())  // it was made just now, and nothing is below
      set_attached(b, root, "/", read_only_attribute(), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    else
      set_tree(b, root, "/", read_only_attribute());
  }
  for (MountPlan::Entry& entry : plan.entries) make_mount(b, entry, root);
  for (const File& file : b.spec().files)
    if (nested(file.path, plan.entries)) make_file(b, root, file);
  for (const MountPlan::Entry& entry : plan.entries) {
    if (!entry.to_be_read_only) continue;
    b.at(Step::mount, entry.mount->target);
    Mount writable = *entry.mount;
    writable.read_only = false;
    if (writable.type == Type::dev) writable.nodev = true;
    const Attributes added = has_mount_setattr() ? read_only_attribute() : attributes_of(*entry.mount);
    set_attached(b, *entry.to_be_read_only, entry.mount->target, added,
                 at_once(attributes_of(writable)).flags);
  }
}

}  // namespace isolator
