#include "attack.h"

#include "../src/conversation.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace escapement::unwitnessed {
namespace {

// Something to be recognised by: nobody here has to be kept from guessing it, as nobody is believed.
std::string number() {
  unsigned long bytes = 0;
  if (getrandom(&bytes, sizeof bytes, GRND_NONBLOCK) < 0) bytes = static_cast<unsigned long>(getpid());
  char text[17];
  std::snprintf(text, sizeof text, "%016lx", bytes);
  return text;
}

struct Pipe {
  int ends[2] = {-1, -1};
  bool made() { return pipe2(ends, O_CLOEXEC) == 0; }
  void close_end(int which) {
    if (ends[which] >= 0) close(ends[which]);
    ends[which] = -1;
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
};

// Ends with the number of the error on `report`, which exec(3) closes.
[[noreturn]] void become(const char* program, int in, int out, int report) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_DFL);
  char* const arguments[] = {const_cast<char*>(program), nullptr};
  if (dup2(in, 0) == 0 && dup2(out, 1) == 1) execv(program, arguments);
  const int error = errno;
  if (write(report, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

// Waits for its end, which is brought about when the time is up.
int end_of(pid_t pid, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  int status = 0;
  for (;;) {
    const pid_t ended = waitpid(pid, &status, WNOHANG);
    if (ended == pid || (ended < 0 && errno != EINTR)) return status;
    if (std::chrono::steady_clock::now() > deadline) kill(pid, SIGKILL);
    usleep(500);
  }
}

}  // namespace

Record attack(const ProbeInfo& probe, const std::string& order, std::chrono::milliseconds patience) {
  Record out;
  Pipe in, from, report;
  if (!in.made() || !from.made() || !report.made()) {
    out.trouble = std::string("pipe2: ") + std::strerror(errno);
    return out;
  }
  const pid_t pid = fork();
  if (pid < 0) {
    out.trouble = std::string("fork: ") + std::strerror(errno);
    return out;
  }
  if (pid == 0) become(probe.program.c_str(), in.ends[0], from.ends[1], report.ends[1]);
  setpgid(pid, pid);
  in.close_end(0);
  from.close_end(1);
  report.close_end(1);
  int error = 0;
  const bool started = read(report.ends[0], &error, sizeof error) != sizeof error;
  if (started) {
    Conversation conversation(in.ends[1], from.ends[0], patience);
    if (conversation.greet(number(), probe.id, out) && conversation.attack(order, out)) conversation.end();
  } else {
    out.trouble = "exec " + probe.program + ": " + std::strerror(error);
  }
  in.close_end(1);  // its end tells the probe that nobody is there any more
  if (!out.trouble.empty()) kill(pid, SIGKILL);
  const int status = end_of(pid, patience);
  kill(-pid, SIGKILL);
  if (WIFEXITED(status)) out.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status) && (out.trouble.empty() || WTERMSIG(status) != SIGKILL))
    out.signal = WTERMSIG(status);
  return out;
}

}  // namespace escapement::unwitnessed
