// LXC: lxc-execute(1), which runs one program below an init of its own, and a file of lxc.container.conf(5).

#include "../write_file.h"
#include "control_groups.h"
#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <isolator/seccomp.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

std::string line(const std::string& key, const std::string& value) {
  return "lxc." + key + " = " + value + "\n";
}

std::string idmap(char kind, const std::vector<isolator::IdRange>& ranges) {
  std::string out;
  for (const isolator::IdRange& range : ranges)
    out += line("idmap", std::string(1, kind) + " " + std::to_string(range.inside) + " " +
                             std::to_string(range.outside) + " " + std::to_string(range.count));
  return out;
}

std::string mounts(const Spec& spec) {
  std::string out;
  for (const Mount& mount : spec.mounts) {
    const std::string where = mount.target.substr(1);
    std::string options =
        std::string("nosuid,nodev") + (mount.noexec ? ",noexec" : "") + (mount.read_only ? ",ro" : "");
    if (mount.type == Mount::Type::tmpfs)
      out +=
          line("mount.entry", "tmpfs " + where + " tmpfs " + options + "," + tmpfs_options(mount) + " 0 0");
    if (mount.type == Mount::Type::proc)
      out += line("mount.entry", "proc " + where + " proc " + options + " 0 0");
    if (mount.type == Mount::Type::sysfs)
      out += line("mount.entry", "sysfs " + where + " sysfs " + options + " 0 0");
    if (mount.type == Mount::Type::bind)
      out +=
          line("mount.entry", mount.source + " " + where + " none " + (mount.recursive ? "rbind," : "bind,") +
                                  options + (mount.optional ? ",optional" : "") + " 0 0");
    if (mount.type == Mount::Type::dev) out += line("autodev", "1");
  }
  return out;
}

// Its init, and what it calls itself once the filter is there.
constexpr const char* own_calls[] = {"capset",    "clone",     "execve",     "fork",      "prctl",
                                     "setgid",    "setgroups", "setresgid",  "setresuid", "setsid",
                                     "setuid",    "wait4",     "waitid",     "kill",      "rt_sigtimedwait",
                                     "signalfd4", "umount2",   "sethostname"};

/// Version 2 of its own format, all but what is listed refused.
std::string filter(const Spec& spec) {
  const isolator::Seccomp rules = isolator::seccomp_rules(spec);
  const int err = rules.otherwise.err != 0 ? rules.otherwise.err : EPERM;
  std::string out = "2\nallowlist errno " + std::to_string(err) + "\n";
  std::vector<std::string> allowed = calls_allowed(rules);
  for (const char* own : own_calls)
    if (!std::binary_search(allowed.begin(), allowed.end(), own)) out += std::string(own) + "\n";
  for (const std::string& call : allowed) out += call + "\n";
  return out;
}

std::string told(const Spec& spec, const Place& place) {
  std::string out = idmap('u', spec.identity.uid_map) + idmap('g', spec.identity.gid_map) + mounts(spec);
  if (has(spec.unshare, Ns::net)) out += line("net.0.type", "empty");
  if (spec.root.read_only) out += line("rootfs.options", "ro");
  if (spec.identity.uid) out += line("init.uid", std::to_string(*spec.identity.uid));
  if (spec.identity.gid) out += line("init.gid", std::to_string(*spec.identity.gid));
  if (spec.process.no_new_privs) out += line("no_new_privs", "1");
  if (spec.capabilities) {
    const std::vector<std::string> kept = capability_names(spec.capabilities->keep);
    if (kept.empty()) out += line("cap.keep", "none");
    for (const std::string& name : kept) out += line("cap.keep", name.substr(4));
  }
  if (spec.seccomp) out += line("seccomp.profile", write_file(place.directory + "/seccomp", filter(spec)));
  if (!spec.process.hostname.empty()) out += line("uts.name", spec.process.hostname);
  for (const auto& [resource, limit] : spec.process.rlimits)
    out += line("prlimit." + rlimit_name(resource), std::to_string(limit));
  for (const auto& [name, value] : spec.process.environment) out += line("environment", name + "=" + value);
  return out + line("init.cwd", spec.process.cwd);
}

class Lxc : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    std::string config = line("rootfs.path", "dir:" + place.root) + line("console.path", "none");
    if (spec != nullptr) config += told(*spec, place);
    const std::string file = write_file(place.directory + "/config", config);
    // Where it finds newuidmap(1) it asks that, which gives root no more than /etc/subuid does.
    // Each sandbox has two control groups, one of them for who waits outside.
    std::vector<std::string> cgroups = control_group_directories("/lxc.monitor." + place.name);
    for (const std::string& path : control_group_directories("/lxc.payload." + place.name))
      cgroups.push_back(path);
    return {with_own_run({find_program("env"), "PATH=/usr/sbin:/sbin", find_program("lxc-execute"),
                          "--name=" + place.name, "--lxcpath=" + place.directory, "--rcfile=" + file,
                          "--logfile=/dev/stderr", "--logpriority=ERROR", "--", probe_inside}),
            {},
            cgroups};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out = gaps_but(
        spec,
        {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "pivot_root", "read-only root", "identity",
         "capabilities", "no_new_privs", "seccomp", "rlimits.*"},
        {{"limits.*", "its control groups are not asked for: their names are those of one version of them"}});
    if (spec.seccomp && looks_at_arguments(isolator::seccomp_rules(spec)))
      out.push_back({"seccomp.rules", "its list is told no arguments, and allows what its own init calls"});
    return out;
  }

  std::vector<std::string> refusals() const override { return {"EPERM"}; }
};

std::string missing() {
  if (std::string missing = missing_program({"lxc-execute", "env", "unshare", "sh"}); !missing.empty())
    return missing;
  return geteuid() == 0 ? "" : "without root it needs lxc-usernsexec and subordinate ids";
}

}  // namespace

extern const TargetKind lxc_kind;
constinit const TargetKind lxc_kind{
    "lxc", "LXC's lxc-execute", missing, [] { return "lxc " + version_of("lxc-execute"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Lxc>(); }};

}  // namespace escapement
