#include "tracer.h"

#include <linux/audit.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <map>
#include <system_error>

namespace escapement {

// Shared with the tracer. Pages that are never written take no memory.
struct Tracer::Log {
  static constexpr std::size_t capacity = 100'000;
  std::atomic<int> failed{-1};  // -1: not yet begun; 0: it traces; else an errno
  std::atomic<std::size_t> count{0};
  Answer answers[capacity];
};

namespace {

constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;

bool is_i386(std::uint32_t arch) { return arch == AUDIT_ARCH_I386; }

/// The signal that a stopped process is to get when it goes on, which may be none. ptrace(2), "Stopped
/// states".
int signal_of(int status, bool& group_stop) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  group_stop = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
  return event != 0 || signal == (SIGTRAP | 0x80) ? 0 : signal;
}

}  // namespace

void Tracer::trace(pid_t traced, Log& log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "tracer");
  close_range(0, ~0U, 0);  // or the probe would not see that the harness hangs up
  if (ptrace(PTRACE_SEIZE, traced, nullptr, options) != 0 ||
      ptrace(PTRACE_INTERRUPT, traced, nullptr, nullptr) != 0) {
    log.failed = errno;
    _exit(1);
  }
  std::map<pid_t, SystemCall> entered;
  const auto write_down = [&](const Answer& answer) {
    if (log.count < Log::capacity) log.answers[log.count] = answer;
    ++log.count;
  };
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == ECHILD) _exit(0);
    if (pid < 0) continue;
    if (!WIFSTOPPED(status)) {
      if (WIFSIGNALED(status)) write_down({entered[pid], 0, WTERMSIG(status)});
      entered.erase(pid);
      continue;
    }
    if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
      __ptrace_syscall_info info{};
      if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0) {
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
          entered[pid] = {long(info.entry.nr), is_i386(info.arch)};
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && entered.contains(pid)) {
          write_down({entered[pid], long(info.exit.rval)});
        }
      }
    }
    bool group_stop = false;
    const int signal = signal_of(status, group_stop);
    ptrace(group_stop ? PTRACE_LISTEN : PTRACE_SYSCALL, pid, nullptr, signal);
    log.failed = 0;
  }
}

Tracer::Tracer(pid_t traced) {
  void* memory =
      mmap(nullptr, sizeof(Log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  log_ = static_cast<Log*>(memory);
  log_->failed = -1;
  pid_ = fork();
  if (pid_ == 0) trace(traced, *log_);
  if (pid_ < 0) log_->failed = errno;
  while (log_->failed == -1) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) log_->failed = ECHILD;
    usleep(20);
  }
  if (const int err = log_->failed; err != 0) {
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    munmap(log_, sizeof(Log));
    throw std::system_error(err, std::generic_category(), "ptrace");
  }
}

Tracer::~Tracer() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  munmap(log_, sizeof(Log));
}

std::vector<Answer> Tracer::answers() const {
  return {log_->answers, log_->answers + std::min<std::size_t>(log_->count, Log::capacity)};
}

bool Tracer::overflowed() const { return log_->count > Log::capacity; }

}  // namespace escapement
