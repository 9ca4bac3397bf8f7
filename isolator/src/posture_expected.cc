// What a Spec asks for, as facts.

#include <isolator/posture.h>

#include "builder.h"
#include "capabilities.h"
#include "cgroup_backend.h"
#include "mounts.h"
#include "posture_words.h"
#include "profile_values.h"
#include "units.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>

namespace isolator {
namespace {

using Type = Mount::Type;

void identity(const Spec& spec, Posture& out) {
  const bool user = in_user_namespace(spec);
  const Identity& identity = spec.identity;
  Plan::Store store;
  store.spec = spec;
  plan_id_maps(store);
  if (has(spec.unshare, Ns::user)) {
    out["uid_map"] = words::ranges(words::parse_map(store.uid_map));
    out["gid_map"] = words::ranges(words::parse_map(store.gid_map));
    out["setgroups"] = store.deny_setgroups ? "deny" : "allow";
  }
  if (user || identity.uid) out["uid"] = std::to_string(identity.uid.value_or(0));
  if (user || identity.gid) out["gid"] = std::to_string(identity.gid.value_or(0));
  if (!store.deny_setgroups && (user || identity.uid || identity.gid || !identity.groups.empty())) {
    std::vector<std::uint32_t> groups = identity.groups;
    std::sort(groups.begin(), groups.end());  // as setgroups(2) keeps them
    std::vector<std::string> shown;
    for (const std::uint32_t group : groups) shown.push_back(std::to_string(group));
    out["groups"] = words::or_none(words::joined(shown));
  }
}

void privileges(const Spec& spec, Posture& out) {
  if (spec.capabilities) {
    const std::string kept = words::capabilities(kept_capabilities(spec));
    for (const char* set : {"permitted", "effective", "bounding"})
      out[std::string("capabilities.") + set] = kept;
    for (const char* set : {"inheritable", "ambient"})
      out[std::string("capabilities.") + set] = needs_ambient(spec) ? kept : "none";
  }
  // Neither can be given up: what the caller has is passed on.
  if (spec.process.no_new_privs || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0)
    out["no_new_privs"] = spec.process.no_new_privs ? "yes" : "no";
  if (spec.seccomp || prctl(PR_GET_SECCOMP) == 0) out["seccomp"] = spec.seccomp ? "filter" : "none";
}

void process(const Process& process, Posture& out) {
  out["signals.blocked"] = out["signals.ignored"] = "none";
  if (process.new_session) {
    out["session"] = "own";
    out["terminal"] = process.terminal ? "yes" : "no";
  }
  if (!process.hostname.empty()) out["hostname"] = process.hostname;
  if (!process.domainname.empty()) out["domainname"] = process.domainname;
  out["umask"] = in_octal(process.umask);
  out["cwd"] = process.cwd;
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment_of(process)) variables.push_back(name + "=" + value);
  std::sort(variables.begin(), variables.end());
  out["environment"] = words::or_none(words::joined(variables));
  std::vector<int> fds;
  for (const auto& [outside, inside] : process.fds) fds.push_back(inside);
  std::sort(fds.begin(), fds.end());
  std::vector<std::string> shown;
  for (const int fd : fds) shown.push_back(std::to_string(fd));
  if (!process.inherit.descriptors) out["fds"] = words::or_none(words::joined(shown));
  for (const Rlimit& known : rlimit_names)
    if (const auto found = process.rlimits.find(known.resource); found != process.rlimits.end())
      out["rlimits." + std::string(known.name)] =
          found->second == RLIM_INFINITY ? "unlimited" : std::to_string(found->second);
  if (process.ioprio) out["ioprio"] = words::io_priority(*process.ioprio);
  if (process.nice) out["nice"] = std::to_string(*process.nice);
  if (!process.processors.empty()) out["processors"] = list_text(process.processors);
  if (process.oom_score_adj) out["oom_score_adj"] = std::to_string(*process.oom_score_adj);
  if (process.personality) out["personality"] = in_hexadecimal(*process.personality);
}

std::string options(const Mount& m) {
  std::vector<std::string> out;
  const auto add = [&](bool wanted, const char* word) {
    if (wanted) out.emplace_back(word);
  };
  add(m.read_only, "ro");
  add(m.nosuid, "nosuid");
  add(m.nodev, "nodev");
  add(m.noexec, "noexec");
  add(m.nosymfollow, "nosymfollow");
  add(!m.uid_map.empty(), "idmapped");
  return words::joined(out);
}

std::string in_pages(std::uint64_t size) { return "size=" + std::to_string((size + 4095) / 4096 * 4) + "k"; }

// As the kernel writes them: a size in whole pages, hidepid in words.
std::string options_of_filesystem(const Mount& m) {
  static constexpr std::pair<std::string_view, std::string_view> hidepids[] = {
      {"0", "off"}, {"1", "noaccess"}, {"2", "invisible"}, {"4", "ptraceable"}};
  std::vector<std::string> out = {filesystem(m.type)};
  if (!m.subset.empty()) out.push_back("subset=" + m.subset);
  std::string hidepid = m.hidepid;
  for (const auto& [number, word] : hidepids)
    if (hidepid == number) hidepid = word;
  if (!hidepid.empty() && hidepid != "off") out.push_back("hidepid=" + hidepid);
  if (m.size != 0) out.push_back(in_pages(m.size));
  if (m.inodes != 0) out.push_back("nr_inodes=" + std::to_string(m.inodes));
  if (m.type == Type::tmpfs) out.push_back("mode=" + in_octal(m.mode));
  return words::joined(out);
}

// What lies under single paths, which observe() looks up.
void paths(const Spec& spec, Posture& out) {
  for (const std::string& path : spec.root.read_only_paths) out["path " + words::plain(path)] = "read-only";
  for (const std::string& path : spec.root.masked_paths) out["path " + words::plain(path)] = "masked";
  for (const File& file : spec.files)
    out["file " + words::plain(file.path)] =
        file.symlink.empty() ? words::file(file.mode, file.content) : words::symbolic_link(file.symlink);
}

void mounts(const Spec& spec, Posture& out) {
  const Root& root = spec.root;
  std::vector<std::string> points = {"/"}, below;
  if (!root.path.empty()) below.emplace_back("/");
  out["mount /"] = root.read_only ? "ro" : "";
  if (root.path.empty())
    out["filesystem /"] = !root.lower.empty() ? "overlay"
                          : root.size != 0    ? "tmpfs " + in_pages(root.size)
                                              : "tmpfs";
  for (const Mount& m : spec.mounts) {
    if (m.type == Type::bind && m.optional && access(m.source.c_str(), F_OK) != 0) continue;
    const std::string target = words::plain(m.target);
    points.push_back(target);
    if (m.type == Type::bind && m.recursive) below.push_back(target);
    out["mount " + target] = options(m);
    if (m.type == Type::dev)
      for (const char* node : device_names()) points.push_back(target + "/" + node);
    if (m.type != Type::bind) out["filesystem " + target] = options_of_filesystem(m);
  }
  paths(spec, out);
  // Left out where they are absent, which only the tree inside knows.
  for (const auto& list : {root.masked_paths, root.read_only_paths})
    below.insert(below.end(), list.begin(), list.end());
  out["mounts"] = words::joined(points);
  out["mounts.below"] = words::joined(below);
}

void network(const Spec& spec, Posture& out) {
  if (!has(spec.unshare, Ns::net)) return;
  out["network.loopback"] = spec.network.kind == Network::Kind::none ? "down" : "up";
  if (spec.network.kind == Network::Kind::user) return;  // that program's own
  std::vector<std::string> addresses;
  for (const std::string& address : spec.network.addresses)
    addresses.push_back(words::address(address.substr(0, address.find('/'))));
  std::sort(addresses.begin(), addresses.end());
  out["network.addresses"] = words::or_none(words::joined(addresses));
}

// One that is joined may be the caller's own all the same.
void joined(const Spec& spec, Posture& out) {
  for (const Join& join : spec.join)
    for (const auto& [word, ns] : namespace_names) {
      if (join.namespaces != Ns::none && !has(join.namespaces, ns)) continue;
      const std::string file = words::namespace_file(word);
      const std::string path =
          join.path.empty() ? "/proc/" + std::to_string(join.pid) + "/" + file : join.path;
      struct stat theirs {
      }, own{};
      if (stat(path.c_str(), &theirs) != 0 || stat(("/proc/self/" + file).c_str(), &own) != 0) continue;
      if (theirs.st_ino != own.st_ino) out["namespace." + std::string(word)] = "new";
      // With its mounts comes its root, which may be the same directory.
      if (ns == Ns::mount && spec.root.method == Root::Method::none) out.erase("root");
    }
}

}  // namespace

Posture expected(const Spec& spec) {
  Posture out;
  for (const auto& [word, ns] : namespace_names) {
    const std::string file = "/proc/self/" + words::namespace_file(word);
    if (has(spec.unshare, ns) || access(file.c_str(), F_OK) == 0)
      out["namespace." + std::string(word)] = has(spec.unshare, ns) ? "new" : "shared";
  }
  const bool own_root = spec.root.method != Root::Method::none;
  out["root"] = own_root ? "own" : "shared";
  joined(spec, out);
  struct stat directory {};
  if (!spec.root.path.empty() && stat(spec.root.path.c_str(), &directory) == 0)
    out["root.inode"] = words::inode(directory);
  if (!spec.nested_user) out["nested_user"] = "no";
  identity(spec, out);
  privileges(spec, out);
  process(spec.process, out);
  network(spec, out);
  if (spec.monotonic.count() != 0) out["clock.monotonic"] = words::offset(spec.monotonic);
  if (spec.boottime.count() != 0) out["clock.boottime"] = words::offset(spec.boottime);
  if (own_root && has(spec.unshare, Ns::mount)) mounts(spec, out);
  if (spec.limits.pids) out["limits.pids"] = std::to_string(*spec.limits.pids);
  if (spec.limits.memory) out["limits.memory"] = cgroup::in_pages(*spec.limits.memory);
  const Limits& limits = spec.limits;
  if (!limits.cpus.empty()) out["limits.cpuset.cpus"] = list_text(limits.cpus);
  if (!limits.mems.empty()) out["limits.cpuset.mems"] = list_text(limits.mems);
  if (limits.io_weight) out["limits.io.weight"] = std::to_string(*limits.io_weight);
  if (!limits.io_max.empty()) out["limits.io.max"] = cgroup::io_max_text(limits);
  if (limits.devices) out["limits.devices"] = cgroup::devices_text(*limits.devices);
  if (spec.limits.cpu) out["limits.cpu"] = words::cpu_limit(*spec.limits.cpu);
  return out;
}

}  // namespace isolator
