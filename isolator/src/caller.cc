#include "caller.h"

#include <isolator/error.h>
#include <isolator/fd.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace isolator {
namespace {

std::mutex dumpable_mutex;
int dumpable_in_flight = 0, dumpable_before = 1;

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

OomScore::OomScore(const std::optional<int>& wanted) {
  static std::shared_mutex mutex;
  if (!wanted) {
    shared_ = std::shared_lock(mutex);
    return;
  }
  alone_ = std::unique_lock(mutex);
  before_ = replace_oom_score(std::to_string(*wanted));
}
OomScore::~OomScore() {
  if (before_.empty()) return;
  try {
    replace_oom_score(before_);
  } catch (const Error& e) {  // an error in a destructor can only be told
    std::fprintf(stderr, "isolator: cannot restore %s\n", e.what());
  }
}

Stack::Stack()
    : base_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
  if (base_ == MAP_FAILED) throw Error(Step::clone, "stack", errno);
  if (mprotect(base_, guard, PROT_NONE) != 0) throw Error(Step::clone, "stack guard", errno);
}
Stack::~Stack() { munmap(base_, size); }

}  // namespace isolator
