#include "profile_read.h"

#include <linux/capability.h>
#include <unistd.h>

#include <algorithm>

namespace isolator {
namespace {

class Checker {
 public:
  Checker(const Profile& profile, const Node& tree) : spec_(profile.spec), tree_(tree) {}

  void all() const {
    root();
    mounts();
    if (!has(spec_.unshare, Ns::uts)) {
      if (!spec_.process.hostname.empty())
        refuse("process.hostname", "would rename the host", "\"uts\" in namespaces.new");
      if (!spec_.process.domainname.empty())
        refuse("process.domainname", "would rename the host's domain", "\"uts\" in namespaces.new");
    }
    if (spec_.process.terminal && !spec_.process.new_session)
      refuse("process.terminal", "would take that of the caller", "process.new_session = true");
    if (spec_.process.inherit.descriptors && spec_.landlock)
      refuse("process.inherit", "would mix the caller's descriptors with those of a rule", "no landlock");
    joined_namespaces();
    own_namespaces();
    if (spec_.network.kind > Network::Kind::loopback && !has(spec_.unshare, Ns::net))
      refuse("network.kind", "is for a network namespace of its own", "\"net\" in namespaces.new");
    files();
    ids("uid", spec_.identity.uid, spec_.identity.uid_map);
    ids("gid", spec_.identity.gid, spec_.identity.gid_map);
    groups();
    if (spec_.limits.swap && !spec_.limits.memory)
      refuse("limits.swap", "is counted beyond a limit of memory", "limits.memory");
  }

 private:
  // No tree of its own, and yet changes to a tree: they would hit the one that the host lives in.
  void root() const {
    using Method = Root::Method;
    const Root& root = spec_.root;
    const bool private_mounts = has(spec_.unshare, Ns::mount);
    if (root.method == Method::none) {
      if (!root.path.empty())
        refuse("root.path", "no root is switched", "root.method chroot, move or pivot_root");
      if (root.read_only)
        refuse("root.read_only", "no root is switched", "root.method chroot, move or pivot_root");
    }
    overlay();
    filling();
    if (private_mounts) return;
    const std::string expected = "\"mount\" in namespaces.new";
    if (!root.lower.empty())
      refuse("root.lower", "an overlay is a mount, and would appear on the host", expected);
    if (root.method == Method::move || root.method == Method::pivot_root)
      refuse("root.method", "would move the root of the host", expected);
    if (root.read_only) refuse("root.read_only", "is a mount option, and would hold for the host", expected);
    if (!root.masked_paths.empty())
      refuse("root.masked_paths", "are mounts, and would cover paths of the host", expected);
    if (!root.read_only_paths.empty())
      refuse("root.read_only_paths", "are mounts, and would change the host", expected);
  }

  void overlay() const {
    const Root& root = spec_.root;
    if (root.lower.empty()) {
      if (!root.upper.empty()) refuse("root.upper", "takes the changes of an overlay", "root.lower");
      if (!root.work.empty()) refuse("root.work", "belongs to an overlay", "root.lower");
      return;
    }
    if (!root.path.empty()) refuse("root.path", "is another root than the overlay", "it or root.lower");
    if (root.method == Root::Method::none)
      refuse("root.lower", "no root is switched", "root.method chroot, move or pivot_root");
    if (root.upper.empty() != root.work.empty())
      refuse(root.upper.empty() ? "root.work" : "root.upper", "one of two",
             "root.upper and root.work, or neither");
  }

  void filling() const {
    const Root& root = spec_.root;
    if (root.size != 0 && (!has(spec_.unshare, Ns::mount) || root.method == Root::Method::none ||
                           !root.path.empty() || !root.upper.empty()))
      refuse("root.size", "is that of a fresh tmpfs", "a mount namespace, and no root.path or root.upper");
    if (!root.keep_owners && root.archive.empty())
      refuse("root.keep_owners", "is about an archive", "root.archive");
    if (root.archive.empty() && root.from.empty()) return;
    const std::string key = root.from.empty() ? "root.archive" : "root.from";
    if (!root.archive.empty() && !root.from.empty())
      refuse(key, "is another root than the archive", "it or root.archive");
    if (root.method == Root::Method::none)
      refuse(key, "no root is switched", "root.method chroot, move or pivot_root");
    if (!root.path.empty() || !root.lower.empty())
      refuse(key, "fills a fresh root",
             std::string("it or ") + (root.path.empty() ? "root.lower" : "root.path"));
    if (has(spec_.unshare, Ns::user) && !has(spec_.unshare, Ns::mount))
      refuse(key, "would be made on the host for ids of a user namespace", "\"mount\" in namespaces.new");
  }

  void mounts() const {
    if (spec_.mounts.empty()) return;
    const Place& first = at(tree_, "mounts")->as<Node::List>()->front().place;
    if (!has(spec_.unshare, Ns::mount))
      fail(first, "mounts", "would appear on the host; expected \"mount\" in namespaces.new");
    if (spec_.root.method == Root::Method::none)
      fail(first, "mounts",
           "would be laid over the tree of the host, and their targets made there; expected root.method "
           "chroot, move or pivot_root");
  }

  void joined_namespaces() const {
    Ns seen = Ns::none;
    for (std::size_t i = 0; i < spec_.join.size(); ++i) {
      const Join& join = spec_.join[i];
      const Node& node = (*at(tree_, "namespaces.join")->as<Node::List>())[i];
      if ((join.namespaces & spec_.unshare) != Ns::none)
        fail(node.place, "namespaces.join",
             in_quotes(*node.as<std::string>()) + " is in namespaces.new; expected it in one of them");
      if ((join.namespaces & seen) != Ns::none)
        fail(node.place, "namespaces.join",
             in_quotes(*node.as<std::string>()) + " is joined before; expected each namespace once");
      seen = seen | join.namespaces;
    }
  }

  void own_namespaces() const {
    if (!spec_.nested_user) {
      if (!has(spec_.unshare, Ns::user))
        refuse("namespaces.nested_user", "is a limit of a user namespace", "\"user\" in namespaces.new");
      if (!spec_.capabilities || spec_.capabilities->keep & std::uint64_t(1) << CAP_SYS_RESOURCE)
        refuse("namespaces.nested_user", "could be lifted from inside with cap_sys_resource",
               "[capabilities] without it");
    }
    for (const auto& [key, offset] : {std::pair("namespaces.monotonic", spec_.monotonic),
                                      std::pair("namespaces.boottime", spec_.boottime)})
      if (offset.count() != 0 && !has(spec_.unshare, Ns::time))
        refuse(key, "is an offset of a time namespace", "\"time\" in namespaces.new");
  }

  // A file is made anew in each sandbox: it may not stay in a directory of the host.
  void files() const {
    for (std::size_t i = 0; i < spec_.files.size(); ++i) {
      const Place& place = (*at(tree_, "files")->as<Node::List>())[i].place;
      if (!has(spec_.unshare, Ns::mount) || spec_.root.method == Root::Method::none)
        fail(place, "files",
             "would be made in the tree of the host; expected \"mount\" in namespaces.new, and root.method "
             "chroot, "
             "move or pivot_root");
      const Mount* on = nullptr;  // the last of the mounts that hold it
      for (const Mount& mount : spec_.mounts)
        if (spec_.files[i].path.starts_with(mount.target + "/")) on = &mount;
      if (on ? on->type != Mount::Type::tmpfs && on->type != Mount::Type::dev : !spec_.root.path.empty())
        fail(place, "files",
             in_quotes(spec_.files[i].path) + " lies in " +
                 (on ? in_quotes(on->target) : std::string("root.path")) +
                 ", which is not the sandbox's own; expected a path on a tmpfs or an overlay");
    }
  }

  void ids(const std::string& name, const std::optional<std::uint32_t>& id,
           const std::vector<IdRange>& map) const {
    const std::string key = "identity." + name + "_map";
    if (map.empty()) return;
    if (!has(spec_.unshare, Ns::user))
      refuse(key, "maps ids of no new namespace", "\"user\" in namespaces.new");
    const Node::List& lines = *at(tree_, key)->as<Node::List>();
    if (map.size() > 340)
      fail(lines[340].place, key,
           std::to_string(map.size()) + " lines; expected at most 340 (user_namespaces(7))");
    std::size_t written = 0;
    for (const IdRange& line : map)
      written +=
          (std::to_string(line.inside) + std::to_string(line.outside) + std::to_string(line.count) + "  \n")
              .size();
    if (written >=
        std::size_t(sysconf(_SC_PAGESIZE)))  // one write(2), which the kernel takes only below a page
      fail(lines[0].place, key,
           std::to_string(written) + " bytes of lines; expected less than a page (user_namespaces(7))");
    for (std::size_t i = 1; i < map.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (overlap(map[i].inside, map[i].count, map[j].inside, map[j].count) ||
            (map[i].of == map[j].of && map[i].of != IdRange::Of::subordinate &&
             overlap(map[i].outside, map[i].count, map[j].outside, map[j].count)))
          fail(lines[i].place, key,
               in_quotes(*lines[i].as<std::string>()) + " overlaps " +
                   in_quotes(*lines[j].as<std::string>()) + "; expected each id once");
    if (!mapped(map, id.value_or(0)))
      fail(at(tree_, "identity." + name) ? at(tree_, "identity." + name)->place : at(tree_, key)->place,
           "identity." + name,
           std::to_string(id.value_or(0)) + " is not in " + name +
               "_map; expected an id that the namespace has");
  }

  // An id that a user namespace does not map cannot be set in it: setgroups(2) gives EINVAL.
  void groups() const {
    if (spec_.identity.groups.empty() || !has(spec_.unshare, Ns::user)) return;
    const std::vector<IdRange>& map = spec_.identity.gid_map;
    for (const Node& group : *at(tree_, "identity.groups")->as<Node::List>()) {
      const std::uint32_t id = std::uint32_t(*group.as<std::int64_t>());
      if (map.empty() ? id != spec_.identity.gid.value_or(0) : !mapped(map, id))
        fail(group.place, "identity.groups",
             std::to_string(id) + " is not in gid_map; expected an id that the namespace has");
    }
  }

  static bool overlap(std::uint64_t a, std::uint64_t a_count, std::uint64_t b, std::uint64_t b_count) {
    return a < b + b_count && b < a + a_count;
  }

  static bool mapped(const std::vector<IdRange>& map, std::uint32_t id) {
    return std::any_of(map.begin(), map.end(),
                       [&](const IdRange& line) { return overlap(id, 1, line.inside, line.count); });
  }

  [[noreturn]] void refuse(const std::string& key, const std::string& what,
                           const std::string& expected) const {
    fail(at(tree_, key)->place, key, what + "; expected " + expected);
  }

  const Spec& spec_;
  const Node& tree_;
};

}  // namespace

void check_profile(const Profile& profile, const Node& tree) { Checker(profile, tree).all(); }

}  // namespace isolator
