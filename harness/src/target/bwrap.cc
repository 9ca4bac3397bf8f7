// bubblewrap: bwrap(1). Its defaults are a mount namespace, and nothing else that was not asked for.

#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <isolator/seccomp.h>

#include <algorithm>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Ns;
using isolator::Spec;

void add_namespaces(Words& out, const Spec& spec) {
  constexpr std::pair<Ns, const char*> options[] = {
      {Ns::user, "--unshare-user"}, {Ns::pid, "--unshare-pid"}, {Ns::net, "--unshare-net"},
      {Ns::ipc, "--unshare-ipc"},   {Ns::uts, "--unshare-uts"}, {Ns::cgroup, "--unshare-cgroup"}};
  for (const auto& [ns, option] : options)
    if (has(spec.unshare, ns)) out.emplace_back(option);
  if (!spec.nested_user) out.emplace_back("--disable-userns");
  if (has(spec.unshare, Ns::user))
    add(out, {"--uid", std::to_string(spec.identity.uid.value_or(0)), "--gid",
              std::to_string(spec.identity.gid.value_or(0))});
  if (has(spec.unshare, Ns::uts) && !spec.process.hostname.empty())
    add(out, {"--hostname", spec.process.hostname});
}

void add_mounts(Words& out, const Spec& spec) {
  for (const Mount& mount : spec.mounts) switch (mount.type) {
      case Mount::Type::bind:
        add(out, {std::string(mount.read_only ? "--ro-bind" : "--bind") + (mount.optional ? "-try" : ""),
                  mount.source, mount.target});
        break;
      case Mount::Type::proc:
        add(out, {"--proc", mount.target});
        break;
      case Mount::Type::dev:
        add(out, {"--dev", mount.target});
        break;
      case Mount::Type::mqueue:
        add(out, {"--mqueue", mount.target});
        break;
      case Mount::Type::tmpfs: {
        char mode[8];
        std::snprintf(mode, sizeof mode, "%04o", unsigned(mount.mode));
        add(out, {"--perms", mode});
        if (mount.size != 0) add(out, {"--size", std::to_string(mount.size)});
        add(out, {"--tmpfs", mount.target});
        break;
      }
      case Mount::Type::sysfs:
      case Mount::Type::devpts:  // its /dev has one
        break;
    }
  for (const isolator::File& file : spec.files)
    if (!file.symlink.empty()) add(out, {"--symlink", file.symlink, file.path});
}

class Bwrap : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    Words out{find_program("bwrap")};
    if (spec == nullptr) {
      add(out, {"--bind", place.root, "/", probe_inside});
      return {out, {}, {}};
    }
    add_namespaces(out, *spec);
    add(out, {spec->root.read_only ? "--ro-bind" : "--bind", place.root, "/"});
    add_mounts(out, *spec);
    add(out, {"--chdir", spec->process.cwd, "--die-with-parent"});
    if (spec->process.new_session) out.emplace_back("--new-session");
    if (!spec->process.inherit.environment) {
      out.emplace_back("--clearenv");
      for (const auto& [name, value] : spec->process.environment) add(out, {"--setenv", name, value});
    }
    if (spec->capabilities) {
      add(out, {"--cap-drop", "ALL"});
      for (const std::string& name : capability_names(spec->capabilities->keep))
        add(out, {"--cap-add", name});
    }
    return {with_filter(out, place, *spec), {}, {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out =
        gaps_but(spec,
                 {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "pivot_root", "read-only root",
                  "identity", "capabilities", "no_new_privs", "seccomp", "no nested user namespace"},
                 {{"limits.*", "it makes no control group"},
                  {"rlimits.*", "it leaves the limits of the process as they are"},
                  {"masked paths", "it can cover a path by a file or directory of the host's alone"}});
    for (const Mount& mount : spec.mounts)
      if (mount.type == Mount::Type::sysfs) out.push_back({"mounts " + mount.target, "it mounts no sysfs"});
    return out;
  }

 private:
  // Descriptors that a shell opens stay open in what it executes.
  static Words with_filter(const Words& words, const Place& place, const Spec& spec) {
    Words options(words);
    std::string shell = "exec";
    if (spec.seccomp) {
      int number = 3;  // sh(1) knows those of one digit
      for (const auto& program : isolator::seccomp_programs(spec)) {
        const std::string path = place.directory + "/seccomp." + std::to_string(number);
        write_filter(path, program);
        add(options, {"--add-seccomp-fd", std::to_string(number)});
        shell += " " + std::to_string(number++) + "<" + quoted({path});
      }
    }
    options.emplace_back(probe_inside);
    if (!spec.seccomp) return options;
    Words out{find_program("sh"), "-c", shell + "; exec \"$@\"", "sh"};
    out.insert(out.end(), options.begin(), options.end());
    return out;
  }
};

}  // namespace

extern const TargetKind bwrap_kind;
constinit const TargetKind bwrap_kind{
    "bwrap", "bubblewrap, as Flatpak and many sandboxes for agents use it",
    [] {
      return missing_program({"bwrap", "sh"});
    },
    [] { return version_of("bwrap"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Bwrap>(); }};

}  // namespace escapement
