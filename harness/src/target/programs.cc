#include "programs.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <system_error>

namespace escapement {
namespace {

using Clock = std::chrono::steady_clock;

std::string path_of(const std::string& directory, const std::string& name) {
  return (directory.empty() ? "." : directory) + "/" + name;
}

// Until everybody who could write has closed it, or the time is up.
bool read_all(int fd, Clock::time_point deadline, std::string& out) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{fd, POLLIN, 0};
    const int n = left > 0 ? poll(&ready, 1, int(left)) : 0;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    char buffer[4096];
    const ssize_t got = read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    out.append(buffer, std::size_t(got));
  }
}

}  // namespace

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  // A daemon or a cron job has no sbin in its PATH, and that is where the runtimes are.
  std::istringstream directories((path != nullptr ? std::string(path) : "/usr/bin:/bin") +
                                 ":/usr/sbin:/sbin");
  for (std::string directory; std::getline(directories, directory, ':');)
    if (directory.starts_with("/") && access(path_of(directory, name).c_str(), X_OK) == 0)
      return path_of(directory, name);
  return "";
}

std::string missing_program(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    if (find_program(name).empty()) return name + " is not installed";
  return "";
}

void execute(const std::vector<std::string>& argv) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(words[0], words.data());
  dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerrordesc_np(errno));
  _exit(127);
}

Said run_program(const std::vector<std::string>& argv, unsigned seconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const isolator::Fd from(ends[0]);
  isolator::Fd to(ends[1]);
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0 || dup2(to.get(), 1) < 0 || dup2(to.get(), 2) < 0) _exit(127);
    execute(argv);
  }
  to.reset();
  Said out;
  const bool ended = read_all(from.get(), Clock::now() + std::chrono::seconds(seconds), out.text);
  if (!ended) kill(pid, SIGKILL);
  while (waitpid(pid, &out.status, 0) < 0 && errno == EINTR) {
  }
  if (!ended) throw std::system_error(ETIMEDOUT, std::generic_category(), quoted(argv));
  return out;
}

std::vector<std::string> with_own_run(const std::vector<std::string>& argv) {
  std::vector<std::string> out{find_program("unshare"),
                               "--mount",
                               find_program("sh"),
                               "-c",
                               "mount -t tmpfs -o mode=755 tmpfs /run && cd /run && exec \"$@\"",
                               "sh"};
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

std::string version_of(const std::string& name) {
  const std::string program = find_program(name);
  if (program.empty()) return "";
  const std::string text = run_program({program, "--version"}).text;
  return text.substr(0, text.find('\n'));
}

std::string quoted(const std::vector<std::string>& argv) {
  std::string out;
  for (const std::string& word : argv) {
    const bool plain = !word.empty() && word.find_first_not_of(
                                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                            "0123456789_-./:=,@%+{}") == word.npos;
    std::string shown;
    for (const char c : word) shown += c == '\'' ? std::string("'\\''") : std::string(1, c);
    out += (out.empty() ? "" : " ") + (plain ? word : "'" + shown + "'");
  }
  return out;
}

}  // namespace escapement
