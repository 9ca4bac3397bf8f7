// A sandbox that runs, and its end.

#include "child_state.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

namespace isolator {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

void kill_payload(Child::State& state) {
  if (state.reaped || !state.pidfd) return;
  syscall(SYS_pidfd_send_signal, state.pidfd.get(), SIGKILL, nullptr, 0);
  if (state.frozen) state.cgroup->thaw();  // of v1 none dies before
}

enum class Ended { by_itself, limit_passed, hung_up };

// Does the process catch the signal, or wait for it?
bool handles(pid_t pid, int signal) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::uint64_t masks = 0;
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("SigBlk:") || line.starts_with("SigIgn:") || line.starts_with("SigCgt:"))
      masks |= std::strtoull(line.c_str() + 7, nullptr, 16);
  return masks >> (signal - 1) & 1;
}

void pass_on(Child::State& state, int signal) {
  const bool ends = signal != SIGCHLD && signal != SIGCONT && signal != SIGURG && signal != SIGWINCH;
  if (ends && state.pid_namespace && !handles(state.pid, signal)) {
    state.ended_by = signal;
    kill_payload(state);
  } else {
    syscall(SYS_pidfd_send_signal, state.pidfd.get(), signal, nullptr, 0);
  }
}

// False where nobody can send one any more.
bool pass_signals_on(Child::State& state, const Waiting& waiting) {
  unsigned char signals[64];
  const ssize_t n = read(waiting.signals, signals, sizeof signals);
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return true;
  for (ssize_t i = 0; i < n; ++i)
    if (!waiting.take || !waiting.take(signals[i])) pass_on(state, signals[i]);
  return n > 0;
}

Ended await_end(Child::State& state, const Waiting& waiting) {
  const int listener = state.notices ? state.notices->fd() : -1;
  pollfd fds[3] = {{state.pidfd.get(), POLLIN, 0},
                   {waiting.signals, POLLIN, 0},  // poll(2) leaves out a negative one
                   {listener, POLLIN, 0}};
  for (;;) {
    int timeout = -1;
    if (state.wall) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(state.execed + *state.wall - Clock::now());
      timeout = int(std::clamp<long>(left.count(), 0, 1'000'000'000));
    }
    const int ready = poll(fds, 3, timeout);
    if (ready == 0) return Ended::limit_passed;
    if (ready < 0 && errno != EINTR) throw Error(Step::wait, "poll", errno);
    if (ready < 0) continue;
    if (fds[0].revents != 0) return Ended::by_itself;
    if (fds[1].revents != 0 && !pass_signals_on(state, waiting)) return Ended::hung_up;
    if ((fds[2].revents & POLLIN) != 0)
      state.notices->answer(waiting.notified);
    else if (fds[2].revents != 0)
      fds[2].fd = -1;  // nobody is left who could make one
  }
}

siginfo_t reap(Child::State& state, rusage& usage) {
  siginfo_t info{};
  while (syscall(SYS_waitid, P_PIDFD, state.pidfd.get(), &info, WEXITED | __WALL, &usage) != 0)
    if (errno != EINTR) throw Error(Step::wait, "pid " + std::to_string(state.pid), errno);
  state.reaped = true;
  return info;
}

std::chrono::microseconds duration(const timeval& t) {
  return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
}

}  // namespace

TemporaryRoot make_temporary_root() {
  const char* parent = std::getenv("TMPDIR");
  std::random_device random;
  for (int attempt = 0;; ++attempt) {
    char name[64];
    std::snprintf(name, sizeof name, "/escapement-root-%08x%08x", random(), random());
    std::string path = (parent != nullptr && *parent == '/' ? parent : "/tmp") + std::string(name);
    ledger::Entry entry(path);
    if (mkdir(path.c_str(), 0755) == 0) return {std::move(path), std::move(entry)};
    if (errno != EEXIST || attempt == 8) throw Error(Step::root, path, errno);
  }
}

TemporaryRoot::~TemporaryRoot() {
  if (path_.empty()) return;
  std::error_code failed;
  std::filesystem::remove_all(path_, failed);
  if (failed)
    std::fprintf(stderr, "isolator: cannot remove %s: %s\n", path_.c_str(), failed.message().c_str());
}

// The cgroup and the directory go by themselves; an error in a destructor can only be told.
Child::State::~State() {
  if (pidfd && !reaped) {
    rusage usage{};
    try {
      kill_payload(*this);
      reap(*this, usage);
    } catch (const Error& e) {
      std::fprintf(stderr, "isolator: %s\n", e.what());
    }
  }
}

Child::Child(std::unique_ptr<State> state) : state_(std::move(state)) {}
Child::Child(Child&&) noexcept = default;
Child& Child::operator=(Child&&) noexcept = default;
Child::~Child() = default;

pid_t Child::pid() const { return state_->pid; }
int Child::pidfd() const { return state_->pidfd.get(); }
std::vector<std::string> Child::cgroups() const {
  return state_->cgroup ? state_->cgroup->paths() : std::vector<std::string>();
}
Counters Child::counters() const { return state_->cgroup ? state_->cgroup->counters() : Counters(); }

void Child::freeze() {
  if (!state_->cgroup)
    throw Error(Step::cgroup, "freeze", ENOENT,
                "there is no cgroup without a limit: set one, of pids for instance");
  state_->frozen = true;
  state_->cgroup->freeze();
}

void Child::thaw() {
  if (state_->cgroup) state_->cgroup->thaw();
}

void Child::kill() {
  kill_payload(*state_);
  if (state_->cgroup) state_->cgroup->kill();
}

Outcome Child::wait(const Waiting& waiting) {
  State& s = *state_;
  Outcome out;
  out.to_exec = s.execed - s.began;
  out.steps = s.steps;
  const Ended ended = await_end(s, waiting);
  if (ended != Ended::by_itself) kill_payload(s);

  rusage usage{};
  const siginfo_t info = reap(s, usage);
  const Clock::time_point exited = Clock::now();
  out.to_exit = exited - s.execed;
  out.kind = ended == Ended::limit_passed ? Outcome::Kind::timed_out
             : info.si_code == CLD_EXITED ? Outcome::Kind::exited
                                          : Outcome::Kind::signaled;
  out.code = out.kind == Outcome::Kind::signaled && s.ended_by != 0 ? s.ended_by : info.si_status;
  out.user = duration(usage.ru_utime);
  out.system = duration(usage.ru_stime);
  out.max_rss_kib = usage.ru_maxrss;
  if (s.notices) out.notified = s.notices->counts();
  if (s.cgroup) {
    if (!s.pid_namespace) s.cgroup->kill();
    if (waiting.always_count || out.kind == Outcome::Kind::signaled) out.counters = s.cgroup->counters();
    s.cgroup->remove();
    s.cgroup.reset();
  }
  s.network.reset();
  s.directory.reset();
  out.to_gone = Clock::now() - exited;
  return out;
}

}  // namespace isolator
