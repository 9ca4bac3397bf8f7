#include <isolator/keeper.h>

#include "ledger.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace isolator {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

int status_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

siginfo_t wait_for(pid_t pid) {
  siginfo_t info{};
  while (waitid(P_PID, id_t(pid), &info, WEXITED) != 0)
    if (errno != EINTR) fail("waitid");
  return info;
}

void poll_both(pollfd (&fds)[2]) {
  while (poll(fds, 2, -1) < 0)
    if (errno != EINTR) fail("poll");
}

constexpr std::array ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr std::array other_signals{SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH};

bool ends(int signal) {
  return std::find(ending_signals.begin(), ending_signals.end(), signal) != ending_signals.end();
}

void handle_ending_signals(void (*handler)(int)) {
  for (const int signal : ending_signals) ::signal(signal, handler);
}

// While it lives, the signals are pending, not delivered, and orphans come to this process.
class Caller {
 public:
  explicit Caller(bool with_others) {
    sigemptyset(&signals_);
    for (const int signal : ending_signals) sigaddset(&signals_, signal);
    if (with_others)
      for (const int signal : other_signals) sigaddset(&signals_, signal);
    sigprocmask(SIG_BLOCK, &signals_, &before_);
    prctl(PR_GET_CHILD_SUBREAPER, &was_subreaper_);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
  }
  ~Caller() {
    prctl(PR_SET_CHILD_SUBREAPER, was_subreaper_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  const sigset_t& signals() const { return signals_; }
  const sigset_t& before() const { return before_; }

 private:
  sigset_t signals_{}, before_{};
  int was_subreaper_ = 0;
};

// The keeper: everything that the work starts is below it, so that orphans come to it.
[[noreturn]] void keep(const std::function<int()>& work, int caller) {
  prctl(PR_SET_NAME, "keeper");
  const pid_t worker = fork();
  if (worker < 0) {
    std::perror("keeper: fork");
    _exit(125);
  }
  if (worker == 0) {
    close(caller);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    handle_ending_signals(SIG_DFL);
    std::exit(work());
  }
  const Fd pidfd(int(syscall(SYS_pidfd_open, worker, 0)));
  pollfd fds[2] = {{caller, POLLIN, 0}, {pidfd.get(), POLLIN, 0}};
  poll_both(fds);
  if (fds[1].revents == 0) kill(worker, SIGKILL);  // the caller is gone
  const int status = status_of(wait_for(worker));
  ledger::thaw();  // who is frozen does not die
  kill_descendants();
  ledger::clear();
  _exit(status);
}

}  // namespace

int in_child(const std::function<int(int)>& work, bool new_session, bool pass_signals) {
  ledger::open();
  int ended_by = 0;
  siginfo_t info{};
  {
    const Caller caller(pass_signals);
    int ends_of_pipe[2];
    if (pipe2(ends_of_pipe, O_CLOEXEC) != 0) fail("pipe");
    const Fd read_end(ends_of_pipe[0]);
    Fd write_end(ends_of_pipe[1]);
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      write_end.reset();
      if (new_session) setsid();
      prctl(PR_SET_CHILD_SUBREAPER, 1);
      handle_ending_signals(SIG_IGN);  // they are for the caller to act on
      sigprocmask(SIG_SETMASK, &caller.before(), nullptr);
      const int status = work(read_end.get());
      std::fflush(nullptr);
      _exit(status);  // what was to run at exit is the caller's
    }

    const Fd pidfd(int(syscall(SYS_pidfd_open, child, 0)));
    const Fd signals(signalfd(-1, &caller.signals(), SFD_CLOEXEC));
    if (!pidfd || !signals) fail("pidfd_open");
    for (;;) {
      pollfd fds[2] = {{signals.get(), POLLIN, 0}, {pidfd.get(), POLLIN, 0}};
      poll_both(fds);
      if (fds[1].revents != 0) break;
      signalfd_siginfo signal{};
      if (read(signals.get(), &signal, sizeof signal) != ssize_t(sizeof signal)) continue;
      const auto number = static_cast<unsigned char>(signal.ssi_signo);
      int unread = 0;
      if (pass_signals && !new_session && signal.ssi_code == SI_KERNEL) continue;
      if (ends(number)) ended_by = number;
      if (pass_signals && ioctl(read_end.get(), FIONREAD, &unread) == 0 && unread == 0) {
        if (write(write_end.get(), &number, 1) != 1) fail("pipe");
      } else if (ends(number)) {
        kill(child, SIGKILL);
        break;
      }
    }
    info = wait_for(child);
    if (info.si_code != CLD_EXITED) {  // its work falls to us
      ledger::thaw();
      kill_descendants();
      ledger::clear();
    } else if (info.si_status != 128 + ended_by) {
      ended_by = 0;
    }
  }
  if (ended_by != 0) {
    signal(ended_by, SIG_DFL);
    raise(ended_by);
  }
  return status_of(info);
}

int under_keeper(const std::function<int()>& work, bool new_session) {
  return in_child([&](int caller) -> int { keep(work, caller); }, new_session);
}

// Killed one generation at a time: who loses its parent becomes a child of this process, which is a
// subreaper.
int kill_descendants(std::span<const pid_t> spare) {
  int killed = 0;
  for (;;) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD) return killed;
    bool any = false;
    for (const pid_t pid : children_of(getpid())) {
      if (std::find(spare.begin(), spare.end(), pid) != spare.end()) continue;
      any = true;
      kill(pid, SIGKILL);
      if (waitid(P_PID, id_t(pid), &info, WEXITED) == 0) ++killed;
    }
    if (!any) return killed;
  }
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    const Fd fd(open((entry.path() / "stat").c_str(), O_RDONLY | O_CLOEXEC));
    char text[512];
    const ssize_t n = fd ? read(fd.get(), text, sizeof text - 1) : -1;
    if (n <= 0) continue;  // it has just ended
    text[n] = '\0';
    const char* after_name = std::strrchr(text, ')');  // the name may hold anything: proc_pid_stat(5)
    int of = 0;
    if (after_name != nullptr && std::sscanf(after_name, ") %*c %d", &of) == 1 && of == parent)
      out.push_back(pid);
  }
  return out;
}

}  // namespace isolator
