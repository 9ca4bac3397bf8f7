#include "builder.h"

#include "programs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <sstream>
#include <system_error>

namespace escapement {

Builder::~Builder() {
  if (pid > 0) kill(pid, SIGKILL);
  wait();
}

int Builder::wait() {
  int status = 0;
  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  pid = -1;
  return status;
}

void start(Builder& builder, const std::vector<std::string>& argv) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const isolator::Fd in_read(in[0]);
  builder.to.reset(in[1]);
  if (pipe2(out, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  builder.from.reset(out[0]);
  const isolator::Fd out_write(out[1]);
  builder.errors.reset(memfd_create("errors", MFD_CLOEXEC));
  if (!builder.errors) throw std::system_error(errno, std::generic_category(), "memfd_create");

  // What else is open, or in the environment, it gets as from anybody: that is part of what is tested.
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    if (dup2(in_read.get(), 0) < 0 || dup2(out_write.get(), 1) < 0 || dup2(builder.errors.get(), 2) < 0)
      _exit(126);
    execute(argv);
  }
  builder.pid = pid;
  builder.pidfd.reset(int(syscall(SYS_pidfd_open, pid, 0)));
  if (!builder.pidfd) throw std::system_error(errno, std::generic_category(), "pidfd_open");
}

std::string complaint(const Builder& builder) {
  std::string text(4000, '\0');
  const ssize_t size = pread(builder.errors.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? std::size_t(size) : 0);
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \r\t") != line.npos) out += (out.empty() ? "" : "; ") + line;
  return out;
}

}  // namespace escapement
