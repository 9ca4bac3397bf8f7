#include "oci.h"

#include "expressed.h"

#include <isolator/seccomp.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <system_error>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;
using nlohmann::json;

json mapping(const std::vector<isolator::IdRange>& ranges) {
  json out = json::array();
  for (const isolator::IdRange& range : ranges)
    out.push_back({{"containerID", range.inside}, {"hostID", range.outside}, {"size", range.count}});
  return out;
}

json mount_of(const Mount& mount) {
  json options = json::array();
  if (mount.type == Mount::Type::bind) options.push_back(mount.recursive ? "rbind" : "bind");
  if (mount.read_only) options.push_back(mount.type == Mount::Type::bind && mount.recursive ? "rro" : "ro");
  if (mount.nosuid) options.push_back("nosuid");
  if (mount.nodev && mount.type != Mount::Type::dev && mount.type != Mount::Type::devpts)
    options.push_back("nodev");
  if (mount.noexec) options.push_back("noexec");
  json out{{"destination", mount.target}, {"options", options}};
  const auto is = [&](const char* type, const std::string& source) {
    out["type"] = type;
    out["source"] = source;
  };
  char mode[16];
  switch (mount.type) {
    case Mount::Type::bind:
      is("bind", mount.source);
      break;
    case Mount::Type::proc:
      is("proc", "proc");
      if (!mount.hidepid.empty()) out["options"].push_back("hidepid=" + mount.hidepid);
      if (!mount.subset.empty()) out["options"].push_back("subset=" + mount.subset);
      break;
    case Mount::Type::sysfs:
      is("sysfs", "sysfs");
      break;
    case Mount::Type::mqueue:
      is("mqueue", "mqueue");
      break;
    case Mount::Type::devpts:
      is("devpts", "devpts");
      out["options"].insert(out["options"].end(), {"newinstance", "ptmxmode=0666", "mode=0620"});
      break;
    case Mount::Type::dev:  // the runtime makes the nodes and links of config-linux.md in it
      is("tmpfs", "tmpfs");
      out["options"].insert(out["options"].end(), {"mode=755", "size=65536k"});
      break;
    case Mount::Type::tmpfs:
      is("tmpfs", "tmpfs");
      std::snprintf(mode, sizeof mode, "mode=%o", unsigned(mount.mode));
      out["options"].push_back(mode);
      if (mount.size != 0) out["options"].push_back("size=" + std::to_string(mount.size));
      if (mount.inodes != 0) out["options"].push_back("nr_inodes=" + std::to_string(mount.inodes));
      break;
  }
  return out;
}

json namespaces_of(const Spec& spec) {
  constexpr std::pair<Ns, const char*> names[] = {
      {Ns::user, "user"}, {Ns::mount, "mount"}, {Ns::pid, "pid"},      {Ns::net, "network"},
      {Ns::ipc, "ipc"},   {Ns::uts, "uts"},     {Ns::cgroup, "cgroup"}};
  json out = json::array();
  for (const auto& [ns, name] : names)
    if (has(spec.unshare, ns)) out.push_back({{"type", name}});
  return out;
}

json process_of(const Spec& spec) {
  json out{{"terminal", false},
           {"user", {{"uid", spec.identity.uid.value_or(0)}, {"gid", spec.identity.gid.value_or(0)}}},
           {"args", {probe_inside}},
           {"cwd", spec.process.cwd},
           {"noNewPrivileges", spec.process.no_new_privs}};
  if (!spec.identity.groups.empty()) out["user"]["additionalGids"] = spec.identity.groups;
  out["env"] = json::array();
  for (const auto& [name, value] : spec.process.environment) out["env"].push_back(name + "=" + value);
  const std::uint64_t kept = spec.capabilities ? spec.capabilities->keep : ~std::uint64_t(0);
  std::vector<std::string> names = capability_names(kept);
  std::transform(names.begin(), names.end(), names.begin(), upper);
  const bool root = spec.identity.uid.value_or(0) == 0;
  for (const char* set : {"bounding", "effective", "permitted", "inheritable", "ambient"}) {
    // Who is not root needs them ambient; who is has no need of inheritable ones (CVE-2022-24769).
    const bool wanted = !root || (set != std::string("inheritable") && set != std::string("ambient"));
    out["capabilities"][set] = wanted ? json(names) : json::array();
  }
  out["rlimits"] = json::array();
  for (const auto& [resource, limit] : spec.process.rlimits)
    out["rlimits"].push_back(
        {{"type", "RLIMIT_" + upper(rlimit_name(resource))}, {"soft", limit}, {"hard", limit}});
  if (spec.process.oom_score_adj) out["oomScoreAdj"] = *spec.process.oom_score_adj;
  return out;
}

json resources_of(const isolator::Limits& limits) {
  json out{{"devices", {{{"allow", false}, {"access", "rwm"}}}}};
  if (limits.pids) out["pids"]["limit"] = *limits.pids;
  if (limits.memory) {
    out["memory"]["limit"] = *limits.memory;
    out["memory"]["swap"] = *limits.memory + limits.swap.value_or(0);  // both together: config-linux.md
  }
  if (limits.cpu) out["cpu"] = {{"period", 100'000}, {"quota", std::lround(*limits.cpu * 100'000)}};
  return out;
}

}  // namespace

void give_root(const Place& place, const Spec& spec) {
  const auto outside = [](const std::vector<isolator::IdRange>& map) {
    return map.empty() ? id_t(-1) : id_t(map.front().outside);
  };
  if (!has(spec.unshare, Ns::user)) return;
  const uid_t uid = outside(spec.identity.uid_map);
  const gid_t gid = outside(spec.identity.gid_map);
  const auto give = [&](const std::string& path) {
    if (lchown(path.c_str(), uid, gid) != 0) throw std::system_error(errno, std::generic_category(), path);
  };
  give(place.root);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.root)) give(entry.path());
}

json oci_config(const Spec& spec, const Place& place, const std::string& cgroup) {
  json mounts = json::array();
  for (const Mount& mount : spec.mounts) mounts.push_back(mount_of(mount));
  json kernel{{"namespaces", namespaces_of(spec)},
              {"resources", resources_of(spec.limits)},
              {"maskedPaths", spec.root.masked_paths},
              {"readonlyPaths", spec.root.read_only_paths},
              {"cgroupsPath", cgroup}};
  if (!spec.identity.uid_map.empty()) kernel["uidMappings"] = mapping(spec.identity.uid_map);
  if (!spec.identity.gid_map.empty()) kernel["gidMappings"] = mapping(spec.identity.gid_map);
  if (spec.seccomp) kernel["seccomp"] = oci_seccomp(isolator::seccomp_rules(spec));
  json out{{"ociVersion", "1.0.2"},
           {"root", {{"path", place.root}, {"readonly", spec.root.read_only}}},
           {"mounts", mounts},
           {"process", process_of(spec)},
           {"linux", kernel}};
  if (has(spec.unshare, Ns::uts) && !spec.process.hostname.empty()) out["hostname"] = spec.process.hostname;
  return out;
}

}  // namespace escapement
