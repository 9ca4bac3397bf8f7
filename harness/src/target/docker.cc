// Docker, with a daemon of its own: whatever becomes of the run, nothing of it is in somebody's daemon. That
// one is tested by a command of the user's.

#include "../nonce.h"
#include "../write_file.h"
#include "control_groups.h"
#include "engine.h"
#include "expressed.h"
#include "programs.h"
#include "skeleton.h"
#include "target.h"

#include <isolator/ledger.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace escapement {
namespace {

using isolator::Spec;

constexpr std::chrono::seconds patience(60);  // with a daemon that begins on a busy machine

std::string last_line(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);)
    if (!line.empty()) last = line;
  return last;
}

/// A daemon that leaves the host's network as it is, in a mount namespace of its own.
class Daemon {
 public:
  explicit Daemon(const std::string& directory) : directory_(directory), cgroup_("/escapement-" + nonce()) {
    for (const std::string& path : control_group_directories(cgroup_)) entries_.emplace_back(path);
    start();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (run_program({find_program("docker"), "--host", host(), "version"}).status != 0) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_ || std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("dockerd does not answer: " + last_line(log()));
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  ~Daemon() {
    kill(pid_, SIGTERM);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (waitpid(pid_, nullptr, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) kill(pid_, SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    try {
      for (const std::string& path : control_group_directories(cgroup_)) remove_control_group(path);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "escapement: cannot remove what docker left: %s\n", e.what());
    }
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // A path of a socket has 107 characters at most, unix(7), and the directory of a run may be deep: so its
  // sockets lie in the /run of the daemon's own mount namespace.
  std::string host() const { return "unix:///proc/" + std::to_string(pid_) + "/root/run/docker.sock"; }

 private:
  std::string log() const { return directory_ + "/log"; }

  void start() {
    // It writes a key into /etc/docker, and sockets into /run, and has no option for other places.
    const std::string etc = directory_ + "/etc", work = directory_ + "/work";
    for (const std::string& made : {etc, work}) std::filesystem::create_directory(made);
    const Words argv{find_program("unshare"),
                     "--mount",
                     find_program("sh"),
                     "-c",
                     "mount -t overlay -o lowerdir=/etc,upperdir=" + etc + ",workdir=" + work +
                         " overlay /etc && mount -t tmpfs tmpfs /run && exec \"$@\"",
                     "sh",
                     find_program("dockerd"),
                     "--host=unix:///run/docker.sock",
                     "--data-root=" + directory_ + "/data",
                     "--exec-root=/run/docker",
                     "--pidfile=/run/docker.pid",
                     "--config-file=" + write_file(directory_ + "/daemon.json", "{}"),
                     "--bridge=none",
                     "--iptables=false",
                     "--ip6tables=false",
                     "--ip-forward=false",
                     "--ip-masq=false",
                     "--cgroup-parent=" + cgroup_};
    pid_ = fork();
    if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int to = open(log().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0 || dup2(to, 1) < 0 || dup2(to, 2) < 0) _exit(127);
    execute(argv);
  }

  std::string directory_, cgroup_;
  std::vector<isolator::ledger::Entry> entries_;
  pid_t pid_ = -1;
};

class Docker : public Target {
 public:
  explicit Docker(const std::string& directory) : daemon_(directory) {
    // An empty file for /probe: each sandbox mounts its own over it.
    const std::string root = directory + "/image";
    make_root(root, write_file(directory + "/empty", ""));
    const std::string tar = directory + "/image.tar";
    must({find_program("tar"), "-C", root, "-cf", tar, "."});
    must(client({"import", tar, "escapement"}));
  }

  Invocation invocation(const Place& place, const Spec* spec) const override {
    Words out = client({"run", "--interactive", "--name", place.name, "--volume",
                        place.program + ":" + probe_inside + ":ro"});
    if (spec != nullptr) add_engine_options(out, place, *spec);
    out.insert(out.end(), {"escapement", probe_inside});
    return {out, client({"rm", "--force", "--volumes", place.name}), {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override { return engine_gaps(spec); }

  std::vector<std::string> refusals() const override { return {"EPERM", "ENOSYS"}; }

 private:
  Words client(const Words& words) const {
    Words out{find_program("docker"), "--host", daemon_.host()};
    out.insert(out.end(), words.begin(), words.end());
    return out;
  }

  static void must(const Words& argv) {
    if (const Said said = run_program(argv); said.status != 0)
      throw std::runtime_error(quoted(argv) + ": " + said.text);
  }

  Daemon daemon_;
};

std::string missing() {
  if (std::string missing = missing_program({"docker", "dockerd", "containerd", "runc", "tar", "unshare"});
      !missing.empty())
    return missing;
  return geteuid() == 0 ? "" : "a daemon of its own needs root";
}

}  // namespace

extern const TargetKind docker_kind;
constinit const TargetKind docker_kind{"docker", "Docker, by a daemon of its own", missing,
                                       [] { return version_of("dockerd"); },
                                       [](const std::string& directory) -> std::unique_ptr<Target> {
                                         return std::make_unique<Docker>(directory);
                                       }};

}  // namespace escapement
