// The first process of a PID namespace, in the place of a command that does not know the duties of one: reaps
// every orphan, passes signals on to the command, which unlike it is ended by those that it does not handle
// (pid_namespaces(7)), and ends with the command's status.

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

namespace {

// The kernel sends these for what the process itself did; blocked, they would end it without a word.
constexpr int of_its_own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

[[noreturn]] void become_command(char** argv, const sigset_t& mask) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  execvp(argv[0], argv);
  const int err = errno;
  std::fprintf(stderr, "isolator: exec %s: %s\n", argv[0], std::strerror(err));
  _exit(err == ENOENT || err == ENOTDIR ? 127 : 126);
}

// Returns the status of the command, or -1 as long as it runs.
int reap(pid_t command) {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return -1;
    if (pid == command) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: init COMMAND...\n");
    return 2;
  }
  sigset_t all, before;
  sigfillset(&all);
  for (const int signal : of_its_own) sigdelset(&all, signal);
  sigprocmask(SIG_SETMASK, &all, &before);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // where it is not the first process

  const pid_t command = fork();
  if (command < 0) {
    std::perror("isolator: fork");
    return 125;
  }
  if (command == 0) become_command(argv + 1, before);
  for (;;) {
    siginfo_t signal{};
    if (sigwaitinfo(&all, &signal) < 0) continue;  // EINTR: it was stopped and goes on
    if (signal.si_signo == SIGCHLD) {
      if (const int status = reap(command); status >= 0) return status;
    } else if (signal.si_code != SI_KERNEL) {  // what a terminal sends, it sends to the command as well
      kill(command, signal.si_signo);
    }
  }
}
