#include "caller.h"

#include <isolator/error.h>
#include <isolator/fd.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace isolator {
namespace {

std::mutex dumpable_mutex;
int dumpable_in_flight = 0, dumpable_before = 1;

std::atomic<int> waiting_in_memory = 0;

constexpr const char* oom_score_adj = "/proc/self/oom_score_adj";

/// Returns what stood there.
std::string replace_oom_score(const std::string& score) {
  const Fd fd(open(oom_score_adj, O_RDWR | O_CLOEXEC));
  char before[16]{};
  if (!fd || read(fd.get(), before, sizeof before - 1) < 0 ||
      write(fd.get(), score.data(), score.size()) != ssize_t(score.size()))
    throw Error(Step::limits, oom_score_adj, errno,
                errno == EACCES ? "a score below the one that it has takes CAP_SYS_RESOURCE" : "");
  return before;
}

// Does this child of ours still run in our memory? The word that it clears at its exec it clears before it
// has left (exec_mmap in Linux's fs/exec.c), so another mark is needed: PF_FORKNOEXEC falls after that.
bool shares_memory(pid_t child) {
  char text[512]{};
  const Fd fd(open(("/proc/" + std::to_string(child) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || read(fd.get(), text, sizeof text - 1) <= 0) return false;  // it is gone
  const char* fields = std::strrchr(text, ')');                         // its name may hold anything
  char state = 0;
  int parent = 0;
  unsigned long flags = 0;
  if (fields == nullptr || std::sscanf(fields, ") %c %d %*d %*d %*d %*d %lu", &state, &parent, &flags) != 3)
    return false;
  constexpr unsigned long forknoexec = 0x40;
  return parent == getpid() && state != 'Z' && state != 'X' && (flags & forknoexec) != 0;
}

void await_own_memory(pid_t child) {
  for (int tries = 0; tries < 100'000 && child > 0 && shares_memory(child); ++tries) usleep(50);
}

// The children of the latest launches, for one that must not share the memory with any: they may not have
// left it quite yet.
std::array<std::atomic<pid_t>, 256> latest;
std::atomic<unsigned> latest_next;

}  // namespace

BlockSignals::BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}
BlockSignals::~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

KeepDumpable::KeepDumpable() {
  const std::lock_guard lock(dumpable_mutex);
  if (dumpable_in_flight++ == 0) dumpable_before = prctl(PR_GET_DUMPABLE);
}
KeepDumpable::~KeepDumpable() {
  const std::lock_guard lock(dumpable_mutex);
  if (--dumpable_in_flight == 0 && dumpable_before == 1) prctl(PR_SET_DUMPABLE, 1);
}

void KeepDumpable::restore() {
  const std::lock_guard lock(dumpable_mutex);
  if (dumpable_before == 1) prctl(PR_SET_DUMPABLE, 1);
}

OomScore::OomScore(const std::optional<int>& wanted) {
  static std::shared_mutex mutex;
  if (!wanted) {
    shared_ = std::shared_lock(mutex);
    return;
  }
  alone_ = std::unique_lock(mutex);
  if (waiting_in_memory > 0)
    throw Error(Step::limits, oom_score_adj, EBUSY,
                "sandboxes of a pool wait in the memory of this process, to which the score belongs");
  for (const std::atomic<pid_t>& child : latest) await_own_memory(child);
  before_ = replace_oom_score(std::to_string(*wanted));
}
OomScore::~OomScore() {
  latest[latest_next++ % latest.size()] = child_;
  if (before_.empty()) return;
  await_own_memory(child_);
  try {
    replace_oom_score(before_);
  } catch (const Error& e) {  // an error in a destructor can only be told
    std::fprintf(stderr, "isolator: cannot restore %s\n", e.what());
  }
}

Presence::Presence(pthread_mutex_t& mutex) : mutex_(mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  if (const int err = pthread_mutex_lock(&mutex_)) throw Error(Step::clone, "robust mutex", err);
}
Presence::~Presence() {
  pthread_mutex_unlock(&mutex_);
  pthread_mutex_destroy(&mutex_);
}

WaitsInMemory::WaitsInMemory() { ++waiting_in_memory; }
WaitsInMemory::~WaitsInMemory() { --waiting_in_memory; }

Stack::Stack()
    : base_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
  if (base_ == MAP_FAILED) throw Error(Step::clone, "stack", errno);
  if (mprotect(base_, guard, PROT_NONE) != 0) throw Error(Step::clone, "stack guard", errno);
}
Stack::~Stack() { munmap(base_, size); }

}  // namespace isolator
