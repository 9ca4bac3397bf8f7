// systemd-run(1): the settings of systemd.exec(5) and systemd.resource-control(5), as services have them.

#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <isolator/seccomp.h>

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

void set(Words& out, const std::string& name, const std::string& value) {
  add(out, {"-p", name + "=" + value});
}

void set_namespaces(Words& out, const Spec& spec) {
  constexpr std::pair<Ns, const char*> settings[] = {{Ns::user, "PrivateUsers"},
                                                     {Ns::mount, "PrivateMounts"},
                                                     {Ns::net, "PrivateNetwork"},
                                                     {Ns::ipc, "PrivateIPC"},
                                                     {Ns::uts, "ProtectHostname"}};
  for (const auto& [ns, setting] : settings)
    if (has(spec.unshare, ns)) set(out, setting, "yes");
}

void set_mount(Words& out, const Mount& mount) {
  switch (mount.type) {
    case Mount::Type::bind:
      set(out, mount.read_only ? "BindReadOnlyPaths" : "BindPaths",
          (mount.optional ? "-" : "") + mount.source + ":" + mount.target +
              (mount.recursive ? ":rbind" : ":norbind"));
      break;
    case Mount::Type::tmpfs:
      set(out, "TemporaryFileSystem",
          mount.target + ":" + tmpfs_options(mount) + (mount.noexec ? ",noexec" : ""));
      if (!mount.read_only) set(out, "ReadWritePaths", "+" + mount.target);
      break;
    case Mount::Type::dev:
      set(out, "PrivateDevices", "yes");
      break;
    case Mount::Type::proc:
      set(out, "MountAPIVFS", "yes");
      if (!mount.subset.empty()) set(out, "ProcSubset", mount.subset);
      break;
    case Mount::Type::sysfs:
    case Mount::Type::mqueue:
    case Mount::Type::devpts:  // gaps() has them
      break;
  }
}

void set_identity(Words& out, const Spec& spec) {
  const isolator::Identity& identity = spec.identity;
  const bool root = identity.uid.value_or(0) == 0;
  // A number that no line of passwd(5) has is no user to it.
  if (!root && has(spec.unshare, Ns::user)) {
    set(out, "DynamicUser", "yes");
  } else if (!root) {
    set(out, "User", std::to_string(*identity.uid));
    if (identity.gid) set(out, "Group", std::to_string(*identity.gid));
  }
  if (!spec.capabilities) return;
  std::string kept;
  for (const std::string& name : capability_names(spec.capabilities->keep))
    kept += (kept.empty() ? "" : " ") + upper(name);
  set(out, "CapabilityBoundingSet", kept);
  if (!root) set(out, "AmbientCapabilities", kept);
}

void set_limits(Words& out, const Spec& spec) {
  const isolator::Limits& limits = spec.limits;
  if (limits.pids) set(out, "TasksMax", std::to_string(*limits.pids));
  if (limits.memory) {
    set(out, "MemoryMax", std::to_string(*limits.memory));
    set(out, "MemorySwapMax", std::to_string(limits.swap.value_or(0)));
    set(out, "OOMPolicy", "continue");  // whoever is killed for it, the rest is not
  }
  if (limits.cpu) set(out, "CPUQuota", std::to_string(std::lround(*limits.cpu * 100)) + "%");
  for (const auto& [resource, limit] : spec.process.rlimits)
    set(out, "Limit" + upper(rlimit_name(resource)), std::to_string(limit));
}

/// The families of sockets, where the filter allows those alone that have a name here; else empty.
std::string families_allowed(const isolator::Seccomp& rules) {
  using Op = isolator::Seccomp::Comparison::Op;
  const std::map<std::uint64_t, std::string> names{{AF_UNIX, "AF_UNIX"},
                                                   {AF_INET, "AF_INET"},
                                                   {AF_INET6, "AF_INET6"},
                                                   {AF_NETLINK, "AF_NETLINK"},
                                                   {AF_PACKET, "AF_PACKET"}};
  std::string out;
  for (const auto& rule : rules.rules) {
    if (rule.syscall != "socket" || rule.action.kind != isolator::Seccomp::Action::Kind::allow) continue;
    const bool by_family = rule.when.size() == 1 && rule.when[0].arg == 0 && rule.when[0].op == Op::eq;
    if (!by_family || !names.contains(rule.when[0].value)) return "";
    out += (out.empty() ? "" : " ") + names.at(rule.when[0].value);
  }
  return out;
}

void set_filter(Words& out, const Spec& spec) {
  if (!spec.seccomp) return;
  const isolator::Seccomp rules = isolator::seccomp_rules(spec);
  std::string calls;
  for (const std::string& call : calls_allowed(rules)) calls += (calls.empty() ? "" : " ") + call;
  set(out, "SystemCallFilter", calls);
  set(out, "SystemCallArchitectures", "native");
  if (const std::string families = families_allowed(rules); !families.empty())
    set(out, "RestrictAddressFamilies", families);
  if (const std::string refusal = refusal_of(rules.otherwise); refusal != "kill")
    set(out, "SystemCallErrorNumber", refusal);
}

class SystemdRun : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    Words out{find_program("systemd-run"), "--quiet", "--pipe", "--wait", "--collect",
              "--unit=" + place.name};
    set(out, "RootDirectory", place.root);
    if (spec != nullptr) tell(out, *spec);
    out.emplace_back(probe_inside);
    // The unit is the service manager's, and may still be there; where it is not, that is status 5.
    const Words stop{find_program("sh"), "-c", "systemctl stop --quiet \"$0\" || [ $? -eq 5 ]",
                     place.name + ".service"};
    return {out, stop, {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out =
        gaps_but(spec,
                 {"user", "mount", "net", "ipc", "uts", "pivot_root", "read-only root", "masked paths",
                  "read-only paths", "capabilities", "no_new_privs", "seccomp", "limits.pids",
                  "limits.memory", "limits.cpu", "rlimits.*"},
                 {{"pid", "PrivatePIDs= came with systemd 257, and is not told"},
                  {"cgroup", "ProtectControlGroups=private came with systemd 257, and is not told"},
                  {"identity",
                   "DynamicUser= finds an id, and PrivateUsers= maps it to itself: it is that of the host "
                   "inside too"}});
    if (spec.seccomp && looks_at_arguments(isolator::seccomp_rules(spec)))
      out.push_back({"seccomp.rules", "its filter looks at no arguments but the families of sockets"});
    if (has(spec.unshare, Ns::user) && !has_proc(spec))
      out.push_back({"mounts", "with a user namespace it mounts a /proc, with subset=pid"});
    for (const Mount& mount : spec.mounts)
      if (mount.type == Mount::Type::sysfs || mount.type == Mount::Type::mqueue ||
          mount.type == Mount::Type::devpts)
        out.push_back({"mounts " + mount.target, "it mounts no such thing by itself"});
    return out;
  }

  std::vector<std::string> refusals() const override { return {"EPERM", "EAFNOSUPPORT"}; }

 private:
  // It writes the maps of a user namespace by a /proc in the new root, and mounts /sys with it.
  static void do_without_proc(Words& out, const Spec& spec) {
    if (!has(spec.unshare, Ns::user)) {
      set(out, "MountAPIVFS", "no");
      return;
    }
    set(out, "ProcSubset", "pid");
    set(out, "ProtectProc", "invisible");
    set(out, "InaccessiblePaths", "+/sys");
  }

  // Paths are those of the host, but for the ones after a "+".
  static void tell(Words& out, const Spec& spec) {
    set_namespaces(out, spec);
    if (spec.root.read_only) set(out, "ReadOnlyPaths", "+/");
    if (!has_proc(spec)) do_without_proc(out, spec);
    for (const Mount& mount : spec.mounts) set_mount(out, mount);
    for (const std::string& path : spec.root.masked_paths) set(out, "InaccessiblePaths", "-+" + path);
    for (const std::string& path : spec.root.read_only_paths) set(out, "ReadOnlyPaths", "-+" + path);
    set_identity(out, spec);
    set(out, "NoNewPrivileges", spec.process.no_new_privs ? "yes" : "no");
    set(out, "WorkingDirectory", spec.process.cwd);
    for (const auto& [name, value] : spec.process.environment) add(out, {"-E", name + "=" + value});
    set_limits(out, spec);
    set_filter(out, spec);
  }
};

std::string missing() {
  if (std::string missing = missing_program({"systemd-run", "systemctl", "sh"}); !missing.empty())
    return missing;
  // sd_booted(3)
  if (!std::filesystem::is_directory("/run/systemd/system"))
    return "systemd-run needs systemd as the service manager";
  return geteuid() == 0 ? "" : "systemd-run needs root";
}

}  // namespace

extern const TargetKind systemd_run_kind;
constinit const TargetKind systemd_run_kind{
    "systemd-run", "a service of systemd, by its settings", missing, [] { return version_of("systemd-run"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<SystemdRun>(); }};

}  // namespace escapement
