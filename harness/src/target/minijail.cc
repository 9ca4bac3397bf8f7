// Minijail: minijail0(1), of ChromeOS and Android. Its mounts are those of mount(2), by their flags' names.

#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <isolator/seccomp.h>

#include <algorithm>
#include <cstdio>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

bool is_chroot(const Spec& spec) { return !has(spec.unshare, Ns::mount); }

void mount(Words& out, const std::string& source, const std::string& target, const std::string& type,
           const std::string& flags, const std::string& data = "") {
  add(out, {"-k", source + "," + target + "," + type + "," + flags + (data.empty() ? "" : "," + data)});
}

/// A bind is read-only only once it is there: mount(2).
void bind_mount(Words& out, const std::string& source, const std::string& target, bool recursive,
                bool read_only) {
  mount(out, source, target, "none", recursive ? "MS_BIND|MS_REC" : "MS_BIND");
  if (read_only) mount(out, source, target, "none", "MS_BIND|MS_REMOUNT|MS_RDONLY");
}

// Its own /dev takes mknod(2), which nobody may in a user namespace.
void mount_devices(Words& out, const std::string& target) {
  mount(out, "tmpfs", target, "tmpfs", "MS_NOSUID|MS_NOEXEC", "mode=755");
  for (const char* name : {"null", "zero", "full", "random", "urandom"})
    add(out, {"-b", std::string("/dev/") + name + "," + target + "/" + name + ",1"});
}

std::string flags_of(const Mount& mount) {
  std::string out;
  const auto flag = [&](bool on, const char* name) {
    if (on) out += (out.empty() ? "" : "|") + std::string(name);
  };
  flag(mount.nosuid, "MS_NOSUID");
  flag(mount.nodev && mount.type != Mount::Type::devpts, "MS_NODEV");
  flag(mount.noexec, "MS_NOEXEC");
  flag(mount.read_only, "MS_RDONLY");
  return out.empty() ? "0" : out;
}

void add_mount(Words& out, const Mount& one) {
  switch (one.type) {
    case Mount::Type::bind:
      bind_mount(out, one.source, one.target, one.recursive, one.read_only);
      break;
    case Mount::Type::dev:
      mount_devices(out, one.target);
      break;
    case Mount::Type::tmpfs:
      mount(out, "tmpfs", one.target, "tmpfs", flags_of(one), tmpfs_options(one));
      break;
    case Mount::Type::proc:
      mount(out, "proc", one.target, "proc", flags_of(one));
      break;
    case Mount::Type::sysfs:
      mount(out, "sysfs", one.target, "sysfs", flags_of(one));
      break;
    case Mount::Type::mqueue:
      mount(out, "mqueue", one.target, "mqueue", flags_of(one));
      break;
    case Mount::Type::devpts:
      mount(out, "devpts", one.target, "devpts", flags_of(one), "newinstance,ptmxmode=0666");
      break;
  }
}

void add_root(Words& out, const Spec& spec, const std::string& root) {
  if (is_chroot(spec)) {
    add(out, {"-C", root});
    return;
  }
  add(out, {"-P", root});
  if (spec.root.read_only) bind_mount(out, root, "/", false, true);
  // With a PID namespace it puts a /proc of its own in the place of one, which it wants to find.
  if (has(spec.unshare, Ns::pid) && !has_proc(spec))
    mount(out, "proc", "/proc", "proc", "MS_NOSUID|MS_NODEV|MS_NOEXEC");
  for (const Mount& one : spec.mounts) add_mount(out, one);
}

void add_map(Words& out, const char* option, const std::vector<isolator::IdRange>& map) {
  std::string text;
  for (const isolator::IdRange& range : map)
    text += (text.empty() ? "" : ",") + std::to_string(range.inside) + " " + std::to_string(range.outside) +
            " " + std::to_string(range.count);
  out.push_back(option + text);
}

void add_namespaces(Words& out, const Spec& spec) {
  constexpr std::pair<Ns, const char*> options[] = {
      {Ns::mount, "-v"}, {Ns::pid, "-p"}, {Ns::net, "-e"}, {Ns::ipc, "-l"}, {Ns::cgroup, "-N"}};
  for (const auto& [ns, option] : options)
    if (has(spec.unshare, ns)) out.emplace_back(option);
  if (has(spec.unshare, Ns::uts))
    out.push_back(spec.process.hostname.empty() ? "--uts" : "--uts=" + spec.process.hostname);
  if (!has(spec.unshare, Ns::user)) return;
  out.emplace_back("-U");
  add_map(out, "-m", spec.identity.uid_map);
  add_map(out, "-M", spec.identity.gid_map);
}

void add_process(Words& out, const Spec& spec) {
  if (spec.identity.uid) add(out, {"-u", std::to_string(*spec.identity.uid)});
  if (spec.identity.gid) add(out, {"-g", std::to_string(*spec.identity.gid)});
  for (const std::uint32_t group : spec.identity.groups)
    add(out, {"--add-suppl-group", std::to_string(group)});
  if (spec.capabilities) {
    char mask[24];
    std::snprintf(mask, sizeof mask, "%llx", static_cast<unsigned long long>(spec.capabilities->keep));
    add(out, {"-c", mask, "--ambient"});
  }
  if (spec.process.no_new_privs) out.emplace_back("-n");
  if (spec.process.new_keyring) out.emplace_back("-w");
  if (!spec.process.new_session) out.emplace_back("--no-new-sessions");
  for (const auto& [resource, limit] : spec.process.rlimits)
    add(out, {"-R", "RLIMIT_" + upper(rlimit_name(resource)) + "," + std::to_string(limit) + "," +
                        std::to_string(limit)});
  if (spec.process.inherit.environment) return;
  out.emplace_back("--env-reset");
  for (const auto& [name, value] : spec.process.environment) add(out, {"--env-add", name + "=" + value});
}

class Minijail : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    // It looks at the program before it changes its root, unless it is told what it would find.
    Words out{find_program("minijail0"), "--logging=stderr", "-T", "static"};
    if (spec == nullptr) {
      add(out, {"-P", place.root});
    } else {
      add_namespaces(out, *spec);
      add_root(out, *spec, place.root);
      add_process(out, *spec);
      if (spec->seccomp) add_filter(out, place, *spec);
    }
    add(out, {"--", probe_inside});
    return {out, {}, {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out =
        gaps_but(spec,
                 {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "chroot", "pivot_root",
                  "read-only root", "identity", "capabilities", "no_new_privs", "seccomp", "rlimits.*"},
                 {{"limits.*", "it makes no control group"}});
    if (has(spec.unshare, Ns::pid) && !has_proc(spec))
      out.push_back({"mounts", "with a PID namespace it mounts a /proc, read-only"});
    if (spec.seccomp && isolator::seccomp_programs(spec).size() > 1)
      out.push_back(
          {"seccomp.rules", "it takes one filter, and what is refused by argument is a second one"});
    return out;
  }

 private:
  static void add_filter(Words& out, const Place& place, const Spec& spec) {
    const std::string path = place.directory + "/seccomp";
    write_filter(path, isolator::seccomp_programs(spec).front());
    out.push_back("--seccomp-bpf-binary=" + path);
  }
};

}  // namespace

extern const TargetKind minijail_kind;
constinit const TargetKind minijail_kind{
    "minijail", "minijail0, of ChromeOS and Android", [] { return missing_program({"minijail0"}); },
    [] { return std::string("minijail0, which knows no version of itself"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Minijail>(); }};

}  // namespace escapement
