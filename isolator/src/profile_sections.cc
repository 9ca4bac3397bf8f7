// One function for each section, the mounts and the filter aside, which have sources of their own.

#include "profile_read.h"
#include "profile_values.h"
#include "units.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <sstream>

namespace isolator {
namespace {

[[noreturn]] void refuse(const Node& node, std::string_view key, const std::string& expected) {
  fail(node.place, key, in_quotes(text(node)) + "; expected " + expected);
}

void read_top(const Node& tree, Profile& profile) {
  const Node* name = find(tree, "name");
  if (name == nullptr) fail({tree.place.origin, 1, 1}, "name", "missing; expected a name for the sandbox");
  profile.name = text(*name);
  // It becomes part of the names of cgroups and of tests.
  const bool plain = std::all_of(profile.name.begin(), profile.name.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '.' || c == '_' || c == '-';
  });
  if (!plain || profile.name.empty() || profile.name.size() > 64 ||
      !std::isalnum(static_cast<unsigned char>(profile.name[0])))
    refuse(*name, "name", "at most 64 letters, digits, '.', '_' or '-', a letter or digit first");

  read(tree, "summary", profile.summary);
  if (profile.summary.find_first_of("\r\n") != std::string::npos)
    refuse(*find(tree, "summary"), "summary", "one line");
  if (const Node* claims = find(tree, "claims"))
    for (const Node& element : *claims->as<Node::List>()) profile.claims.push_back(claim(element, "claims"));
  read(tree, "rootless", profile.rootless);
}

std::vector<std::string> paths_inside(const Node& section, std::string_view name) {
  std::vector<std::string> out;
  if (const Node* list = find(section, name))
    for (const Node& path : *list->as<Node::List>()) out.push_back(inside(path, "root." + std::string(name)));
  return out;
}

void read_root(const Node& section, Root& root) {
  using Method = Root::Method;
  constexpr std::pair<std::string_view, Method> methods[] = {{"none", Method::none},
                                                             {"chroot", Method::chroot},
                                                             {"move", Method::move},
                                                             {"pivot_root", Method::pivot_root}};
  if (const Node* method = find(section, "method")) root.method = one_of(*method, "root.method", methods);
  read(section, "path", root.path);
  if (!root.path.empty() && root.path[0] != '/')
    refuse(*find(section, "path"), "root.path", "an absolute path on the host, or \"\" for a fresh tmpfs");
  read(section, "archive", root.archive);
  if (!root.archive.empty() && root.archive[0] != '/')
    refuse(*find(section, "archive"), "root.archive", "an absolute path on the host");
  read(section, "keep_owners", root.keep_owners);
  if (const Node* list = find(section, "from"))
    for (const Node& file : *list->as<Node::List>()) {
      if (!text(file).starts_with('/')) refuse(file, "root.from", "absolute paths on the host");
      root.from.push_back(text(file));
    }
  if (const Node* list = find(section, "lower"))
    for (const Node& directory : *list->as<Node::List>()) {
      if (!text(directory).starts_with('/')) refuse(directory, "root.lower", "absolute paths on the host");
      root.lower.push_back(text(directory));
    }
  read(section, "upper", root.upper);
  read(section, "work", root.work);
  for (const std::string_view key : {"upper", "work"})
    if (const Node* path = find(section, key); path && !text(*path).empty() && !text(*path).starts_with('/'))
      refuse(*path, "root." + std::string(key), "an absolute path on the host, or \"\" for a tmpfs");
  if (const Node* size = find(section, "size")) root.size = tmpfs_size(*size, "root.size");
  read(section, "read_only", root.read_only);
  root.masked_paths = paths_inside(section, "masked_paths");
  root.read_only_paths = paths_inside(section, "read_only_paths");
}

// Where the clock then stands says nothing of the host's: a day to ten years on, to the nanosecond.
std::chrono::nanoseconds random_offset() {
  std::random_device random;
  constexpr std::chrono::nanoseconds least = std::chrono::hours(24), most = std::chrono::hours(24 * 3650);
  return std::chrono::nanoseconds(
      std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(random));
}

std::chrono::nanoseconds offset(const Node& node, std::string_view key) {
  const std::string& written = text(node);
  if (written == "random") return random_offset();
  const bool back = written.starts_with('-');
  const auto time = parse_duration(std::string_view(written).substr(back ? 1 : 0));
  if (!time) refuse(node, key, "a time with a unit, such as \"10s\", \"-2h\" or \"0s\", or \"random\"");
  return back ? -*time : *time;
}

void read_namespaces(const Node& section, Spec& spec) {
  if (const Node* list = find(section, "new"))
    for (const Node& element : *list->as<Node::List>())
      spec.unshare = spec.unshare | ns(element, "namespaces.new");
  if (const Node* list = find(section, "join"))
    for (const Node& element : *list->as<Node::List>()) spec.join.push_back(join(element, "namespaces.join"));
  read(section, "nested_user", spec.nested_user);
  if (const Node* node = find(section, "monotonic")) spec.monotonic = offset(*node, "namespaces.monotonic");
  if (const Node* node = find(section, "boottime")) spec.boottime = offset(*node, "namespaces.boottime");
}

void read_identity(const Node& section, Identity& identity) {
  if (const Node* uid = find(section, "uid")) identity.uid = id(*uid, "identity.uid");
  if (const Node* gid = find(section, "gid")) identity.gid = id(*gid, "identity.gid");
  if (const Node* list = find(section, "groups"))
    for (const Node& group : *list->as<Node::List>()) identity.groups.push_back(id(group, "identity.groups"));
  if (const Node* list = find(section, "uid_map"))
    for (const Node& line : *list->as<Node::List>())
      identity.uid_map.push_back(id_range(line, "identity.uid_map"));
  if (const Node* list = find(section, "gid_map"))
    for (const Node& line : *list->as<Node::List>())
      identity.gid_map.push_back(id_range(line, "identity.gid_map"));
}

void read_capabilities(const Node& section, std::optional<Capabilities>& capabilities) {
  capabilities.emplace();  // a section that is there is a layer, an empty one keeps nothing
  if (const Node* list = find(section, "keep"))
    for (const Node& element : *list->as<Node::List>()) {
      if (text(element) == "*" && list->as<Node::List>()->size() > 1)
        fail(element.place, "capabilities.keep", "\"*\" beside names; expected it alone, or names only");
      capabilities->keep |= capability(element, "capabilities.keep");
      capabilities->where_held |= text(element) == "*";
    }
  if (const Node* list = find(section, "drop"))
    for (const Node& element : *list->as<Node::List>()) {
      if (text(element) == "*")
        fail(element.place, "capabilities.drop", "\"*\"; expected names, or keep = []");
      if (const Node* keep = find(section, "keep"); keep && contains(*keep, element))
        fail(element.place, "capabilities.drop",
             in_quotes(text(element)) + " is in capabilities.keep by name; expected it in one of them");
      capabilities->keep &= ~capability(element, "capabilities.drop");
    }
  if (const Node* list = find(section, "securebits"))
    for (const Node& element : *list->as<Node::List>())
      capabilities->securebits |= securebit(element, "capabilities.securebits");
}

bool is(const Node& node, std::string_view word) { return node.as<std::string>() && text(node) == word; }

void read_rlimits(const Node& section, std::map<int, std::uint64_t>& rlimits) {
  for (const auto& [name, resource, in_bytes, most] : rlimit_names) {
    const Node* node = find(section, name);
    if (node == nullptr || is(*node, "inherit")) continue;
    const std::string key = "rlimits." + std::string(name);
    if (is(*node, "unlimited"))
      rlimits[resource] = RLIM_INFINITY;
    else if (node->as<std::int64_t>())
      rlimits[resource] = integer(*node, key, 0, most);
    else if (in_bytes && parse_size(text(*node)))
      rlimits[resource] = *parse_size(text(*node));
    else
      refuse(*node, key,
             in_bytes ? "bytes, a size such as \"64MiB\", \"unlimited\" or \"inherit\""
                      : "an integer, \"unlimited\" or \"inherit\"");
  }
}

void read_environment(const Node& section, std::map<std::string, std::string>& environment) {
  for (const Node::Entry& entry : *section.as<Node::Table>()) {
    if (entry.key.empty() || entry.key.find_first_of(std::string_view("=\0", 2)) != std::string::npos)
      fail(entry.place, "environment",
           in_quotes(entry.key) + "; expected a variable's name: not empty, no '=', no NUL byte");
    environment[entry.key] = text(entry.value);
  }
}

}  // namespace

Profile read_profile(const Node& tree) {
  Profile profile;
  Spec& spec = profile.spec;
  read_top(tree, profile);
  if (const Node* section = find(tree, "root")) read_root(*section, spec.root);
  if (const Node* section = find(tree, "namespaces")) read_namespaces(*section, spec);
  if (const Node* section = find(tree, "identity")) read_identity(*section, spec.identity);
  if (const Node* list = find(tree, "mounts"))
    for (const Node& mount : *list->as<Node::List>()) spec.mounts.push_back(read_mount(mount));
  if (const Node* list = find(tree, "files"))
    for (const Node& file : *list->as<Node::List>()) spec.files.push_back(read_file(file));
  if (const Node* section = find(tree, "landlock")) spec.landlock = read_landlock(*section);
  if (const Node* section = find(tree, "capabilities")) read_capabilities(*section, spec.capabilities);
  if (const Node* section = find(tree, "seccomp")) spec.seccomp = read_seccomp(*section);
  if (const Node* section = find(tree, "limits")) read_limits(*section, spec.limits);
  if (const Node* section = find(tree, "rlimits")) read_rlimits(*section, spec.process.rlimits);
  if (const Node* section = find(tree, "environment")) read_environment(*section, spec.process.environment);
  if (const Node* section = find(tree, "network")) spec.network = read_network(*section);
  if (const Node* section = find(tree, "process")) read_process(*section, spec.process);
  return profile;
}

}  // namespace isolator
