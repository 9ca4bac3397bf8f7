// What people type: unshare(1) for namespaces, chroot by capsh(1), which drops capabilities too, prlimit(1).

#include "expressed.h"
#include "programs.h"
#include "target.h"

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

// util-linux has no option for a single id of a map before 2.39: who has one, or asks for many, gets root's.
void add_namespaces(Words& out, const Spec& spec) {
  constexpr std::pair<Ns, const char*> options[] = {{Ns::mount, "--mount"},   {Ns::uts, "--uts"},
                                                    {Ns::ipc, "--ipc"},       {Ns::net, "--net"},
                                                    {Ns::cgroup, "--cgroup"}, {Ns::time, "--time"}};
  for (const auto& [ns, option] : options)
    if (has(spec.unshare, ns)) out.emplace_back(option);
  if (has(spec.unshare, Ns::pid)) add(out, {"--pid", "--fork", "--kill-child"});
  if (has(spec.unshare, Ns::user)) add(out, {"--user", "--map-root-user"});
}

// The commands of a shell that stands in the new namespaces, before it changes its root.
std::string mounting(const Spec& spec, const Place& place) {
  std::string out = "set -e; mount --make-rprivate /; ";
  const std::string bind = quoted({place.root, place.root});
  out += "mount --bind " + bind + "; ";
  if (spec.root.read_only) out += "mount -o remount,bind,ro " + quoted({place.root}) + "; ";
  for (const Mount& mount : spec.mounts) {
    const std::string target = quoted({place.root + mount.target});
    const std::string options =
        std::string("nosuid,nodev") + (mount.noexec ? ",noexec" : "") + (mount.read_only ? ",ro" : "");
    if (mount.type == Mount::Type::tmpfs)
      out += "mount -t tmpfs -o " + options + "," + tmpfs_options(mount) + " tmpfs " + target + "; ";
    if (mount.type == Mount::Type::proc) out += "mount -t proc -o " + options + " proc " + target + "; ";
    if (mount.type == Mount::Type::sysfs) out += "mount -t sysfs -o " + options + " sysfs " + target + "; ";
    if (mount.type == Mount::Type::bind)
      out += std::string("mount --") + (mount.recursive ? "rbind " : "bind ") + quoted({mount.source}) + " " +
             target + "; ";
  }
  if (has(spec.unshare, Ns::uts) && !spec.process.hostname.empty())
    out += "hostname " + quoted({spec.process.hostname}) + "; ";
  return out;
}

Words limited(const Spec& spec) {
  if (spec.process.rlimits.empty()) return {};
  Words out{find_program("prlimit")};
  for (const auto& [resource, limit] : spec.process.rlimits)
    out.push_back("--" + rlimit_name(resource) + "=" + std::to_string(limit));
  return out;
}

class Unshare : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    Words out;
    if (spec == nullptr) {
      add(out, {find_program("unshare"), "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--user",
                "--map-root-user", find_program("chroot"), place.root, probe_inside});
      return {out, {}, {}};
    }
    add(out, {find_program("unshare")});
    add_namespaces(out, *spec);
    add(out, {find_program("sh"), "-c", mounting(*spec, place) + "exec \"$@\"", "sh"});
    for (const std::string& word : limited(*spec)) out.push_back(word);
    if (!spec->process.inherit.environment) {
      add(out, {find_program("env"), "-i"});
      for (const auto& [name, value] : spec->process.environment) out.push_back(name + "=" + value);
    }
    add(out, {find_program("capsh"), "--chroot=" + place.root});
    if (spec->capabilities) {
      std::string dropped;
      for (const std::string& name : capability_names(~spec->capabilities->keep))
        dropped += (dropped.empty() ? "" : ",") + name;
      if (!dropped.empty()) out.push_back("--drop=" + dropped);
      // Root would keep in its permitted set what is only gone from the bounding one, until it executes
      // something.
    }
    if (spec->process.no_new_privs) out.emplace_back("--no-new-privs");
    add(out, {std::string("--shell=") + probe_inside, "--"});
    return {out, {}, {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out = gaps_but(
        spec,
        {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time", "chroot", "read-only root",
         "capabilities", "no_new_privs", "rlimits.*"},
        {{"pivot_root",
          "it changes its root by chroot(2), which leaves the host's tree in the mount namespace"},
         {"identity",
          "a map of a range of ids takes newuidmap(1), which a shell line does not call: it is root inside"},
         {"seccomp", "none of these programs loads a filter"},
         {"limits.*", "none of these programs makes a control group"}});
    for (const Mount& mount : spec.mounts)
      if (mount.type == Mount::Type::dev || mount.type == Mount::Type::devpts ||
          mount.type == Mount::Type::mqueue)
        out.push_back({"mounts " + mount.target, "it makes no device nodes"});
    return out;
  }
};

}  // namespace

extern const TargetKind unshare_kind;
constinit const TargetKind unshare_kind{
    "unshare", "unshare(1), chroot and capsh(1): what one types by hand",
    [] {
      return missing_program({"unshare", "chroot", "capsh", "prlimit", "mount", "hostname", "env", "sh"});
    },
    [] { return version_of("unshare"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Unshare>(); }};

}  // namespace escapement
