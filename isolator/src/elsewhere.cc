#include "elsewhere.h"

#include "builder.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace isolator {
namespace {

void end(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Elsewhere::Elsewhere(int namespaces) {
  const auto fail = [&](int err) {
    throw Error(Step::clone, clone_flag_names(std::uint64_t(namespaces)), err);
  };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail(errno);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  pid_ = fork();
  if (pid_ < 0) fail(errno);
  int err = EIO;
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    err = unshare(namespaces) == 0 ? 0 : errno;
    if (write(write_end.get(), &err, sizeof err) != sizeof err) _exit(1);
    for (;;) pause();
  }
  write_end.reset();
  while (read(read_end.get(), &err, sizeof err) < 0 && errno == EINTR) {
  }
  if (err == 0) return;
  end(pid_);
  fail(err);
}

Elsewhere::~Elsewhere() { end(pid_); }

bool write_proc(pid_t pid, const char* file, const std::string& text) {
  const Fd fd(open(("/proc/" + std::to_string(pid) + "/" + file).c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), text.data(), text.size()) == ssize_t(text.size());
}

}  // namespace isolator
