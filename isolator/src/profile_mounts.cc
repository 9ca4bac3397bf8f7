// [[mounts]]

#include "profile_read.h"
#include "profile_values.h"

#include <algorithm>

namespace isolator {
namespace {

using Type = Mount::Type;

constexpr std::pair<std::string_view, Type> types[] = {
    {"bind", Type::bind}, {"proc", Type::proc},     {"sysfs", Type::sysfs},  {"tmpfs", Type::tmpfs},
    {"dev", Type::dev},   {"devpts", Type::devpts}, {"mqueue", Type::mqueue}};

/// The keys that belong to one type alone; the others belong to all.
constexpr std::pair<std::string_view, Type> keys_of_one_type[] = {
    {"source", Type::bind}, {"recursive", Type::bind}, {"optional", Type::bind}, {"size", Type::tmpfs},
    {"mode", Type::tmpfs},  {"inodes", Type::tmpfs},   {"uid_map", Type::bind},  {"gid_map", Type::bind},
    {"subset", Type::proc}, {"hidepid", Type::proc},
};

std::string_view word(Type type) {
  return std::find_if(std::begin(types), std::end(types),
                      [&](const auto& pair) { return pair.second == type; })
      ->first;
}

const Node& required(const Node& mount, std::string_view name, std::string_view expected) {
  if (const Node* node = find(mount, name)) return *node;
  fail(mount.place, "mounts." + std::string(name), "missing; expected " + std::string(expected));
}

/// A word that the kernel parses as a mount option, or none.
template <std::size_t n>
std::string option(const Node& mount, std::string_view name, const std::string_view (&words)[n]) {
  std::string value;
  read(mount, name, value);
  if (value.empty() || std::find(words, words + n, value) != words + n) return value;
  fail(find(mount, name)->place, "mounts." + std::string(name),
       in_quotes(value) + "; expected " + choice(words));
}

}  // namespace

File read_file(const Node& node) {
  File file;
  const Node* path = find(node, "path");
  if (path == nullptr) fail(node.place, "files.path", "missing; expected a path inside");
  file.path = inside(*path, "files.path");
  read(node, "content", file.content);
  if (const Node* mode = find(node, "mode")) file.mode = octal(*mode, "files.mode", 07777);
  if (const Node* symlink = find(node, "symlink")) {
    file.symlink = text(*symlink);
    if (file.symlink.empty()) fail(symlink->place, "files.symlink", "\"\"; expected what it points to");
    for (const std::string_view other : {"content", "mode"})
      if (const Node* both = find(node, other))
        fail(both->place, "files." + std::string(other), "a symbolic link has none; expected it or symlink");
  }
  return file;
}

Mount::Type mount_type(const Node& type) { return one_of(type, "mounts.type", types); }

Mount read_mount(const Node& node) {
  Mount mount;
  mount.type = mount_type(required(node, "type", "bind, proc, sysfs, tmpfs, dev, devpts or mqueue"));
  for (const Node::Entry& entry : *node.as<Node::Table>())
    for (const auto& [name, type] : keys_of_one_type)
      if (entry.key == name && mount.type != type)
        fail(entry.place, "mounts." + entry.key,
             "not a key of type " + in_quotes(word(mount.type)) + "; expected it with " +
                 in_quotes(word(type)) + " only");

  mount.target = inside(required(node, "target", "a path inside"), "mounts.target");
  if (mount.type == Type::bind) {
    const Node& source = required(node, "source", "a path on the host");
    mount.source = text(source);
    if (!mount.source.starts_with('/'))
      fail(source.place, "mounts.source",
           in_quotes(mount.source) + "; expected an absolute path on the host");
  }
  read(node, "recursive", mount.recursive);
  read(node, "optional", mount.optional);

  // What comes from the host is looked at, not changed, unless a profile says so.
  mount.read_only = mount.type == Type::bind || mount.type == Type::sysfs;
  mount.noexec = mount.type == Type::proc || mount.type == Type::sysfs || mount.type == Type::devpts ||
                 mount.type == Type::mqueue;
  mount.nodev = mount.type != Type::devpts;  // where all is a device
  read(node, "read_only", mount.read_only);
  read(node, "nosuid", mount.nosuid);
  read(node, "nodev", mount.nodev);
  read(node, "noexec", mount.noexec);
  read(node, "nosymfollow", mount.nosymfollow);

  for (const auto& [key, map] : {std::pair("uid_map", &mount.uid_map), std::pair("gid_map", &mount.gid_map)})
    if (const Node* list = find(node, key))
      for (const Node& line : *list->as<Node::List>())
        map->push_back(id_range(line, "mounts." + std::string(key)));
  if (mount.uid_map.empty() != mount.gid_map.empty())
    fail(node.place, mount.uid_map.empty() ? "mounts.uid_map" : "mounts.gid_map",
         "missing; expected uid_map and gid_map, or neither");

  if (const Node* size = find(node, "size")) mount.size = tmpfs_size(*size, "mounts.size");
  if (const Node* inodes = find(node, "inodes"))
    mount.inodes = integer(*inodes, "mounts.inodes", 1, std::numeric_limits<std::int32_t>::max());
  if (const Node* mode = find(node, "mode")) mount.mode = octal(*mode, "mounts.mode", 07777);
  mount.subset = option(node, "subset", {"pid"});
  mount.hidepid = option(node, "hidepid", {"off", "noaccess", "invisible", "ptraceable", "0", "1", "2", "4"});
  return mount;
}

}  // namespace isolator
