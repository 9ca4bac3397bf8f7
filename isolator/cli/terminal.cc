#include "terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace isolator::cli {
namespace {

constexpr char end_of_input = 4;  // VEOF of a new terminal: ^D

bool write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    data += n;
    size -= std::size_t(n);
  }
  return true;
}

// What was typed and not taken yet waits in `typed`: meanwhile the other direction goes on, for who does not
// read may be waiting to write.
void relay(int outside) {
  std::string typed;
  bool input = true, output = true;
  for (;;) {
    pollfd fds[2] = {{outside, short(POLLIN | (typed.empty() ? 0 : POLLOUT)), 0},
                     {input && typed.empty() ? STDIN_FILENO : -1, POLLIN, 0}};
    if (poll(fds, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    char buffer[4096];
    if (fds[1].revents != 0) {
      const ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
      if (n > 0) typed.assign(buffer, std::size_t(n));
      if (n == 0 || (n < 0 && errno != EINTR)) typed = end_of_input, input = false;
    }
    if (fds[0].revents & POLLOUT) {
      const ssize_t n = write(outside, typed.data(), typed.size());
      if (n > 0) typed.erase(0, std::size_t(n));
    }
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) {
      const ssize_t n = read(outside, buffer, sizeof buffer);
      if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) return;  // EIO: nobody has it open
      if (n > 0 && output) output = write_all(STDOUT_FILENO, buffer, std::size_t(n));
    }
  }
}

Fd must(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return Fd(fd);
}

}  // namespace

OuterTerminal::OuterTerminal() {
  termios now{};
  if (tcgetattr(STDIN_FILENO, &now) == 0) before_ = now;
}
void OuterTerminal::make_raw() const {
  if (!before_) return;
  termios raw = *before_;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}
void OuterTerminal::restore() const {
  if (before_) tcsetattr(STDIN_FILENO, TCSADRAIN, &*before_);
}

PseudoTerminal::PseudoTerminal()
    : outside_(must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), "/dev/ptmx")) {
  if (unlockpt(outside_.get()) != 0) throw std::system_error(errno, std::generic_category(), "unlockpt");
  // By the descriptor, not by a name in a /dev/pts that may be another.
  inside_ = must(ioctl(outside_.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), "TIOCGPTPEER");
  resize();
}
PseudoTerminal::~PseudoTerminal() { end(); }

void PseudoTerminal::begin() {
  inside_.reset();
  relay_ = std::thread(relay, outside_.get());
}
void PseudoTerminal::end() {
  if (relay_.joinable()) relay_.join();
}

void PseudoTerminal::resize() const {
  winsize size{};
  if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ioctl(outside_.get(), TIOCSWINSZ, &size);
}

}  // namespace isolator::cli
