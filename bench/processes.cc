// Programs started from outside, as a script or a harness would: their own start-up counts.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "processes.h"

namespace bench {
namespace {

[[noreturn]] void fail(int err, const std::string& what) {
  throw std::system_error(err, std::generic_category(), what);
}

void wait_for(pid_t pid, const std::string& what) {
  int status = 0;
  if (waitpid(pid, &status, 0) < 0) fail(errno, what);
  if (status != 0) throw std::runtime_error(what + ": wait status " + std::to_string(status));
}

}  // namespace

Work spawned(std::vector<std::string> command) {
  return timed([command = std::move(command)] {
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    pid_t pid = -1;
    if (const int err = posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ))
      fail(err, command[0]);
    wait_for(pid, command[0]);
  });
}

void reap_orphans() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

namespace {

void fork_exec() {
  const pid_t pid = fork();
  if (pid < 0) fail(errno, "fork");
  if (pid == 0) {
    execl(payload, payload, nullptr);
    _exit(127);
  }
  wait_for(pid, "fork");
}

std::vector<std::string> isolator_run(const std::string& profile_name) {
  const std::string bind =
      R"(mounts+={type="bind",source=")" + std::string(payload) + R"(",target="/payload"})";
  return {BENCH_ISOLATOR, "run", "--profile", profile_name, "--set", bind, "--", "/payload"};
}

}  // namespace

std::vector<Way> processes() {
  return {
      {"posix_spawn", [] { return spawned({payload}); }},
      {"fork_exec", [] { return timed(fork_exec); }},
      {"process/isolator_strict", [] { return spawned(isolator_run("strict")); }},
  };
}

}  // namespace bench
