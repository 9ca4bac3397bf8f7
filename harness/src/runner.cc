#include "runner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

namespace escapement {
namespace {

struct Running {
  std::size_t index;
  pid_t pid;
  int from;
  std::string line;
};

void write_all(int fd, const std::string& text) {
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t n = write(fd, text.data() + sent, text.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    sent += std::size_t(n);
  }
}

Running start(const std::vector<Cell>& cells, std::size_t index) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ends[0]);
    write_all(ends[1], to_line(run_cell(cells[index])));
    _exit(0);
  }
  close(ends[1]);
  return {index, pid, ends[0], ""};
}

// True when it has said all that it will say.
bool take(Running& running) {
  char buffer[65536];
  const ssize_t n = read(running.from, buffer, sizeof buffer);
  if (n > 0) running.line.append(buffer, std::size_t(n));
  return n == 0 || (n < 0 && errno != EINTR);
}

Record finish(Running& running) {
  close(running.from);
  int status = 0;
  while (waitpid(running.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status == 0) return from_line(running.line);
  Record lost;
  lost.trouble = "the process of the harness that ran it ended with wait status " + std::to_string(status);
  return lost;
}

}  // namespace

std::vector<Record> run_cells(const std::vector<Cell>& cells, unsigned jobs,
                              const std::function<void(std::size_t, const Cell&)>& done) {
  std::vector<Record> records(cells.size());
  std::vector<Running> running;
  for (std::size_t next = 0, finished = 0; finished < cells.size();) {
    while (running.size() < jobs && next < cells.size()) running.push_back(start(cells, next++));
    std::vector<pollfd> fds;
    for (const Running& r : running) fds.push_back({r.from, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    for (std::size_t i = running.size(); i-- > 0;) {
      if (fds[i].revents == 0 || !take(running[i])) continue;
      const std::size_t index = running[i].index;
      records[index] = finish(running[i]);
      running.erase(running.begin() + std::ptrdiff_t(i));
      done(++finished, cells[index]);
    }
  }
  return records;
}

}  // namespace escapement
