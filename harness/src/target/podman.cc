// Podman, which has no daemon, on a root directory, with a store of its own.

#include "control_groups.h"
#include "engine.h"
#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <sys/capability.h>
#include <sys/resource.h>
#include <unistd.h>

namespace escapement {
namespace {

using isolator::Spec;

/// It gives its containers the highest limits that there are, and fails where that takes CAP_SYS_RESOURCE,
/// which is not there: then it is told lower ones, but for those that `spec` has.
void add_possible_limits(Words& out, const Spec* spec) {
  if (cap_get_bound(CAP_SYS_RESOURCE) == 1) return;
  const auto has = [&](int resource) { return spec != nullptr && spec->process.rlimits.contains(resource); };
  if (!has(RLIMIT_NOFILE)) out.emplace_back("--ulimit=nofile=1024:1024");
  if (!has(RLIMIT_NPROC)) out.emplace_back("--ulimit=nproc=4096:4096");
}

class Podman : public Target {
 public:
  // The path of its runroot has 50 characters at most, and the directory of a run may be deep: so its state
  // lies in the /run of a mount namespace of its own, and is gone with it.
  Podman()
      : words_{find_program("podman"),
               "--runroot=/run/podman",
               "--tmpdir=/run/tmp",
               "--storage-driver=vfs",
               "--events-backend=none",
               "--cgroup-manager=cgroupfs",
               "--network-config-dir=/run/networks"} {
    // crun(1), its own choice: "cgroups in hybrid mode not supported".
    if (is_hybrid()) words_.push_back("--runtime=" + find_program("runc"));
  }

  Invocation invocation(const Place& place, const Spec* spec) const override {
    const std::string cgroup = "/" + place.name;
    Words out(words_);
    out.insert(out.end(), {"--root=" + place.directory + "/store", "run", "--rm", "--interactive",
                           "--cgroups=no-conmon", "--cgroup-parent=" + cgroup});
    if (spec != nullptr)
      add_engine_options(out, place, *spec);
    else
      out.emplace_back("--network=none");
    add_possible_limits(out, spec);
    out.insert(out.end(), {"--rootfs", place.root, probe_inside});
    return {with_own_run(out), {}, control_group_directories(cgroup)};
  }

  std::vector<Gap> gaps(const Spec& spec) const override { return engine_gaps(spec); }
  std::vector<std::string> refusals() const override { return {"EPERM", "ENOSYS"}; }

 private:
  Words words_;
};

std::string missing() {
  if (std::string missing =
          missing_program({"podman", "conmon", "unshare", "sh", is_hybrid() ? "runc" : "crun"});
      !missing.empty())
    return missing;
  return geteuid() == 0 ? "" : "without root it needs a login session, which a run does not make";
}

}  // namespace

extern const TargetKind podman_kind;
constinit const TargetKind podman_kind{
    "podman", "Podman, as root", missing, [] { return version_of("podman"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Podman>(); }};

}  // namespace escapement
