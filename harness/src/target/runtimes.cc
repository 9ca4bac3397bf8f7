// The OCI runtimes: runc(8), crun(1) and runsc, which is gVisor. Their defaults are what `spec` writes for
// whoever begins with them.

#include "../bundle.h"
#include "../write_file.h"
#include "control_groups.h"
#include "expressed.h"
#include "oci.h"
#include "programs.h"
#include "target.h"

#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace escapement {
namespace {

using isolator::Mount;
using isolator::Spec;
using nlohmann::json;

/// What is in a directory and is no link, but for processes and one name.
std::vector<std::string> entries_but(const char* one, const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (!entry.is_symlink() && name != one && name.find_first_not_of("0123456789") != std::string::npos)
      out.push_back(entry.path());
  }
  return out;
}

/// As little of a /proc as there can be. subset=pid would be less, but runc 1.3 reads
/// /proc/sys/kernel/cap_last_cap in it.
Spec with_proc(Spec spec) {
  if (has_proc(spec)) return spec;
  Mount proc;
  proc.type = Mount::Type::proc;
  proc.target = "/proc";
  proc.noexec = true;
  spec.mounts.insert(spec.mounts.begin(), proc);
  const auto mask = [&](const std::vector<std::string>& paths) {
    spec.root.masked_paths.insert(spec.root.masked_paths.end(), paths.begin(), paths.end());
  };
  mask(entries_but("sys", "/proc"));
  mask(entries_but("kernel", "/proc/sys"));
  mask({"/proc/sys/kernel/random"});  // a number for this boot of the host
  spec.root.read_only_paths.push_back("/proc/sys");
  return spec;
}

class Runtime : public Target {
 public:
  Runtime(const std::string& name, const std::string& state, const Words& options, bool needs_proc = false)
      : program_(find_program(name)), state_(state + "/" + name), needs_proc_(needs_proc) {
    std::filesystem::create_directories(state_);
    words_ = {program_, "--root", state_};
    words_.insert(words_.end(), options.begin(), options.end());
  }

  Invocation invocation(const Place& place, const Spec* spec) const override {
    const std::string cgroup = "/" + place.name;
    json config = spec == nullptr ? defaults(place, cgroup)
                                  : oci_config(needs_proc_ ? with_proc(*spec) : *spec, place, cgroup);
    if (place.bundle != nullptr) {
      make_entries(*place.bundle, place);
      config = changed_config(config, *place.bundle, place);
    }
    write_file(place.directory + "/config.json", config.dump(2));
    if (spec != nullptr) give_root(place, *spec);
    return {with(run_options(place), {"run", "--bundle", place.directory, place.name}),
            with({}, {"delete", "--force", place.name}), control_group_directories(cgroup)};
  }

  bool takes_bundles() const override { return true; }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out =
        gaps_but(spec,
                 {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "pivot_root", "read-only root",
                  "identity", "capabilities", "no_new_privs", "seccomp", "masked paths", "read-only paths",
                  "limits.pids", "limits.memory", "limits.cpu", "rlimits.*"},
                 {});
    if (needs_proc_ && !has_proc(spec))
      out.push_back(
          {"mounts",
           "it closes descriptors by /proc/self/fd, and so has a /proc, masked as far as it allows"});
    for (const isolator::File& file : spec.files)
      out.push_back({"files " + file.path, "a root directory has it, or not"});
    return out;
  }

 protected:
  /// Of the runtime, for one sandbox.
  virtual Words run_options(const Place&) const { return {}; }

 private:
  Words with(const Words& options, const Words& command) const {
    Words out(words_);
    out.insert(out.end(), options.begin(), options.end());
    out.insert(out.end(), command.begin(), command.end());
    return out;
  }

  json defaults(const Place& place, const std::string& cgroup) const {
    const Said said = run_program({program_, "spec", "--bundle", place.directory});
    if (said.status != 0) throw std::runtime_error(program_ + " spec: " + said.text);
    std::ifstream file(place.directory + "/config.json");
    json config = json::parse(file);
    config["root"]["path"] = place.root;
    config["process"]["args"] = {probe_inside};
    config["process"]["terminal"] = false;
    config["linux"]["cgroupsPath"] = cgroup;
    return config;
  }

  std::string program_, state_;
  bool needs_proc_;
  Words words_;
};

/// A kernel in user space: the host sees no process that is the probe.
class Runsc : public Runtime {
 public:
  // KVM may be missing, or not to be trusted; ptrace works wherever a process may be traced.
  explicit Runsc(const std::string& state)
      : Runtime("runsc", state, {"--platform=ptrace", "--network=none", "--ignore-cgroups"}) {}

  bool kernel_of_its_own() const override { return true; }
  std::string call_log(const Place& place) const override { return place.directory + "/log"; }

  std::vector<Gap> gaps(const Spec& spec) const override {
    return gaps_but(spec,
                    {"user", "mount", "pid", "net", "ipc", "uts", "cgroup", "pivot_root", "read-only root",
                     "identity", "capabilities", "no_new_privs", "rlimits.*"},
                    {{"seccomp", "it has a filter of its own around itself, and none for what runs in it"},
                     {"limits.*", "it is told to leave control groups alone: it does not know hybrid ones"},
                     {"masked paths", "its /proc is not the host's"},
                     {"read-only paths", "its /proc is not the host's"}});
  }

  std::vector<std::string> refusals() const override { return {"ENOSYS", "EPERM", "EACCES"}; }

 protected:
  Words run_options(const Place& place) const override {
    if (!place.traced) return {};  // it takes its time
    return {"--strace", "--debug", "--debug-log=" + call_log(place) + "/"};
  }
};

// crun(1): "cgroups in hybrid mode not supported".
std::string missing_crun() {
  if (std::string missing = missing_program({"crun"}); !missing.empty()) return missing;
  return is_hybrid() ? "crun refuses hosts with hybrid control groups" : "";
}

}  // namespace

extern const TargetKind runc_kind, crun_kind, runsc_kind;
constinit const TargetKind runc_kind{"runc", "the OCI runtime below Docker and Kubernetes",
                                     [] { return missing_program({"runc"}); },
                                     [] { return version_of("runc"); },
                                     [](const std::string& directory) -> std::unique_ptr<Target> {
                                       return std::make_unique<Runtime>("runc", directory, Words{}, true);
                                     }};
constinit const TargetKind crun_kind{"crun", "the OCI runtime below Podman", missing_crun,
                                     [] { return version_of("crun"); },
                                     [](const std::string& directory) -> std::unique_ptr<Target> {
                                       return std::make_unique<Runtime>("crun", directory, Words{});
                                     }};
constinit const TargetKind runsc_kind{"runsc", "gVisor: a kernel in user space",
                                      [] { return missing_program({"runsc"}); },
                                      [] { return version_of("runsc"); },
                                      [](const std::string& directory) -> std::unique_ptr<Target> {
                                        return std::make_unique<Runsc>(directory);
                                      }};

}  // namespace escapement
