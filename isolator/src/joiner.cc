#include "joiner.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <new>

namespace isolator {

SharedPage::SharedPage() {
  void* page = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw Error(Step::clone, "shared page", errno);
  shared_ = new (page) Shared;
}
SharedPage::~SharedPage() { munmap(shared_, sizeof(Shared)); }

Joiner::~Joiner() {
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, __WALL) < 0 && errno == EINTR) {
  }
}

bool Joiner::has_ended() const {
  siginfo_t info{};
  return waitid(P_PID, id_t(pid_), &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 || info.si_pid != 0;
}

}  // namespace isolator
