#include "programs.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

namespace isolator {

std::string find_program(const std::string& name, Step step, const std::string& hint) {
  const char* path = std::getenv("PATH");
  std::stringstream directories(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string directory; std::getline(directories, directory, ':');)
    if (std::string program = directory + "/" + name;
        directory.starts_with('/') && access(program.c_str(), X_OK) == 0)
      return program;
  throw Error(step, name, ENOENT, hint);
}

std::string Started::errors() const {
  std::string all;
  char buffer[512];
  for (ssize_t n; (n = read(stderr_of_it.get(), buffer, sizeof buffer)) > 0;)
    all.append(buffer, std::size_t(n));
  while (!all.empty() && all.back() == '\n') all.pop_back();
  return all.substr(all.rfind('\n') + 1);
}

// posix_spawn(3) shares no memory with it after its exec, and resets what the caller blocks meanwhile.
Started start_program(std::vector<std::string> argv, const std::vector<std::pair<int, int>>& fds, Step step) {
  std::vector<char*> words;
  for (std::string& word : argv) words.push_back(word.data());
  words.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(step, "pipe", errno);
  Fd from(ends[0]);
  const Fd to(ends[1]);

  struct Files {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    Files() { posix_spawn_file_actions_init(&actions), posix_spawnattr_init(&attributes); }
    ~Files() { posix_spawn_file_actions_destroy(&actions), posix_spawnattr_destroy(&attributes); }
  } files;
  posix_spawn_file_actions_addopen(&files.actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files.actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&files.actions, to.get(), 2);
  // By way of numbers above all of them, so that no copy overwrites one still to be copied.
  int top = 2;
  for (const auto& [outside, inside] : fds) top = std::max({top, outside, inside});
  for (std::size_t i = 0; i < fds.size(); ++i)
    posix_spawn_file_actions_adddup2(&files.actions, fds[i].first, top + 1 + int(i));
  for (std::size_t i = 0; i < fds.size(); ++i)
    posix_spawn_file_actions_adddup2(&files.actions, top + 1 + int(i), fds[i].second);
  posix_spawn_file_actions_addclosefrom_np(&files.actions, 3 + int(fds.size()));
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&files.attributes, &none);
  posix_spawnattr_setflags(&files.attributes, POSIX_SPAWN_SETSIGMASK);

  Started out{-1, std::move(from)};
  const int err = posix_spawn(&out.pid, words[0], &files.actions, &files.attributes, words.data(), environ);
  if (err != 0) throw Error(step, argv[0], err);
  return out;
}

bool end_program(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return false;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace isolator
