// The sandboxes of others, with the payload of ours, the same root and the closest options that they have.

#include <nlohmann/json.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

#include "processes.h"

namespace bench {
namespace {

namespace fs = std::filesystem;

/// A directory that goes with the last who uses it.
class Scratch {
 public:
  Scratch() {
    std::string name = fs::temp_directory_path() / "escapement-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~Scratch() {
    std::error_code told_by_its_presence;
    fs::remove_all(path_, told_by_its_presence);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

fs::path make_root(const fs::path& in) {
  fs::path root = in / "rootfs";
  for (const char* directory : {"dev", "tmp"}) fs::create_directories(root / directory);
  fs::copy_file(payload, root / "payload");
  return root;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

/// One whose command line is the same each time.
Way plain(const std::string& name, const std::vector<std::string>& command) {
  const auto shown = joined(command);
  return {"peer/" + name, [=] { return spawned(command); }, shown};
}

/// One that takes a root directory: "ROOT" in its words.
Way with_root(const std::string& name, const std::vector<std::string>& command) {
  const auto shown = joined(command);
  return {"peer/" + name,
          [=]() -> Work {
            const auto scratch = std::make_shared<Scratch>();
            std::vector<std::string> words = command;
            const std::string root = make_root(scratch->path());
            for (std::string& word : words)
              if (const std::size_t at = word.find("ROOT"); at != word.npos) word.replace(at, 4, root);
            return [scratch, work = spawned(words)] { return work(); };
          },
          shown};
}

nlohmann::json bundle() {
  nlohmann::json namespaces;
  for (const char* type : {"mount", "pid", "network", "ipc", "uts", "cgroup"})
    namespaces.push_back({{"type", type}});
  const auto tmpfs = [](const char* where) {
    return nlohmann::json{
        {"destination", where}, {"type", "tmpfs"}, {"source", "tmpfs"}, {"options", {"nosuid"}}};
  };
  return {{"ociVersion", "1.0.2"},
          {"root", {{"path", "rootfs"}, {"readonly", true}}},
          {"process",
           {{"args", {"/payload"}},
            {"cwd", "/"},
            {"noNewPrivileges", true},
            {"user", {{"uid", 0}, {"gid", 0}}},
            {"capabilities", nlohmann::json::object()}}},
          {"mounts",
           {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}}, tmpfs("/dev"), tmpfs("/tmp")}},
          {"linux",
           {{"namespaces", namespaces},
            {"resources", {{"pids", {{"limit", 64}}}, {"memory", {{"limit", 64 << 20}}}}},
            {"seccomp",
             {{"defaultAction", "SCMP_ACT_ALLOW"},
              {"syscalls", {{{"names", {"mount", "ptrace"}}, {"action", "SCMP_ACT_ERRNO"}}}}}}}}};
}

/// An OCI runtime: a bundle that is made once, and a container of another name each time.
Way oci(const std::string& runtime) {
  const std::string shown = runtime + " --root STATE run --bundle BUNDLE NAME";
  return {"peer/" + runtime,
          [=]() -> Work {
            const auto scratch = std::make_shared<Scratch>();
            const fs::path& path = scratch->path();
            make_root(path);
            std::ofstream(path / "config.json") << bundle().dump(2);
            const auto made = std::make_shared<int>(0);
            return [=, keep = scratch] {
              const std::string name =
                  "escapement-" + std::to_string(getpid()) + "-" + std::to_string(++*made);
              return spawned({runtime, "--root", path / "state", "run", "--bundle", path, name})();
            };
          },
          shown};
}

// An empty read-only root, /dev, /tmp and the payload, as strict has them. bwrap makes no filter and no limit
// by itself.
std::vector<std::string> bwrap(std::vector<std::string> namespaces) {
  std::vector<std::string> out{"bwrap"};
  out.insert(out.end(), namespaces.begin(), namespaces.end());
  for (const char* word : {"--new-session", "--die-with-parent", "--dev", "/dev", "--tmpfs", "/tmp",
                           "--ro-bind", payload, "/payload", "--remount-ro", "/", "/payload"})
    out.emplace_back(word);
  return out;
}

}  // namespace

std::vector<Way> peers() {
  return {
      plain("bwrap", bwrap({"--unshare-all"})),
      plain("bwrap_share_net", bwrap({"--unshare-all", "--share-net"})),
      with_root("unshare", {"unshare", "--fork", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup",
                            "--user", "--map-root-user", "--root=ROOT", "/payload"}),
      oci("runc"),
      oci("crun"),
      with_root("nsjail",
                {"nsjail", "-Mo", "-Q", "--chroot", "ROOT", "--tmpfsmount", "/tmp", "--", "/payload"}),
      with_root("minijail", {"minijail0", "-vplIreN", "-U", "-m", "-n", "-P", "ROOT", "-t", "/payload"}),
  };
}

}  // namespace bench
