// systemd-nspawn(1), where no service manager stands behind it: without one it makes no control group.

#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <isolator/seccomp.h>

#include <unistd.h>

#include <algorithm>
#include <cctype>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

void add_mounts(Words& out, const Spec& spec) {
  for (const Mount& mount : spec.mounts) {
    if (mount.type == Mount::Type::tmpfs)
      out.push_back("--tmpfs=" + mount.target + ":" + tmpfs_options(mount));
    if (mount.type == Mount::Type::bind)
      out.push_back((mount.read_only ? "--bind-ro=" : "--bind=") + std::string(mount.optional ? "-" : "") +
                    mount.source + ":" + mount.target + (mount.recursive ? ":rbind" : ":norbind"));
  }
}

// What it calls itself, once its filter is there.
constexpr const char* own_calls[] = {"capset",    "execve",    "prctl",  "setgid", "setgroups",
                                     "setresgid", "setresuid", "setsid", "setuid"};

// It has a list of its own of what it lets through, which can be made shorter: by all that the profile
// refuses.
std::string refused_calls(const Spec& spec) {
  const std::vector<std::string> allowed = calls_allowed(isolator::seccomp_rules(spec));
  std::string out = "~";
  for (const std::string& call : known_calls())
    if (!std::binary_search(allowed.begin(), allowed.end(), call) &&
        std::find(std::begin(own_calls), std::end(own_calls), call) == std::end(own_calls))
      out += call + " ";
  return out;
}

class Nspawn : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    // On a root that is read-only it could not make the place for the host's /etc/localtime.
    Words out{
        find_program("systemd-nspawn"), "--quiet", "--register=no", "--keep-unit", "--machine=" + place.name,
        "--directory=" + place.root,    "--pipe",  "--timezone=off"};
    if (spec != nullptr) tell(out, *spec);
    out.emplace_back(probe_inside);
    return {with_own_run(out), {}, {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out =
        gaps_but(spec,
                 {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "pivot_root", "read-only root",
                  "capabilities", "no_new_privs", "seccomp", "rlimits.*"},
                 {{"identity", "--user asks getent(1), which this root directory has not: it is root inside"},
                  {"limits.*", "a service manager would make the control group, and is told nothing here"}});
    if (!has_proc(spec)) out.push_back({"mounts", "it always mounts /proc, /sys and /run"});
    if (spec.seccomp && looks_at_arguments(isolator::seccomp_rules(spec)))
      out.push_back({"seccomp.rules",
                     "its filter looks at no arguments, and allows what it calls itself: setuid and capset"});
    return out;
  }

  std::vector<std::string> refusals() const override { return {"EPERM"}; }

 private:
  static void tell(Words& out, const Spec& spec) {
    if (has(spec.unshare, Ns::user)) {
      const auto& map = spec.identity.uid_map;
      out.push_back(map.empty() ? "--private-users=pick"
                                : "--private-users=" + std::to_string(map.front().outside) + ":" +
                                      std::to_string(map.front().count));
      out.emplace_back("--private-users-ownership=off");
    }
    if (has(spec.unshare, Ns::net)) out.emplace_back("--private-network");
    if (spec.root.read_only) out.emplace_back("--read-only");
    add_mounts(out, spec);
    if (!spec.process.hostname.empty()) out.push_back("--hostname=" + spec.process.hostname);
    if (spec.process.no_new_privs) out.emplace_back("--no-new-privileges=yes");
    if (spec.capabilities) {
      out.emplace_back("--drop-capability=all");
      std::string kept;
      for (const std::string& name : capability_names(spec.capabilities->keep))
        kept += (kept.empty() ? "" : ",") + upper(name);
      if (!kept.empty()) out.push_back("--capability=" + kept);
    }
    for (const auto& [resource, limit] : spec.process.rlimits)
      out.push_back("--rlimit=RLIMIT_" + upper(rlimit_name(resource)) + "=" + std::to_string(limit));
    for (const auto& [name, value] : spec.process.environment)
      out.push_back("--setenv=" + name + "=" + value);
    if (spec.process.cwd != "/") out.push_back("--chdir=" + spec.process.cwd);
    if (spec.seccomp) out.push_back("--system-call-filter=" + refused_calls(spec));
  }
};

std::string missing() {
  if (std::string missing = missing_program({"systemd-nspawn", "unshare", "sh"}); !missing.empty())
    return missing;
  return geteuid() == 0 ? "" : "systemd-nspawn needs root";
}

}  // namespace

extern const TargetKind nspawn_kind;
constinit const TargetKind nspawn_kind{
    "nspawn", "systemd-nspawn, without a service manager", missing,
    [] { return version_of("systemd-nspawn"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Nspawn>(); }};

}  // namespace escapement
