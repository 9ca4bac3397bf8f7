// A terminal from which the sandbox is started, as from a person's: the harness holds the other side of it,
// and sees what would have appeared on the screen.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class TerminalWitness : public Witness {
 public:
  // A session has one terminal, and who is started in it inherits it: so this has to be done first. The
  // process runs this sandbox alone, and has nothing to lose by a session of its own.
  explicit TerminalWitness(bool left_open) : left_open_(left_open) {
    ours_.reset(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
    if (!ours_ || grantpt(ours_.get()) != 0 || unlockpt(ours_.get()) != 0 || setsid() < 0)
      error_ = errno;
    else
      its_.reset(ioctl(ours_.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (error_ == 0 && (!its_ || ioctl(its_.get(), TIOCSCTTY, 0) != 0)) error_ = errno;
    if (error_ == 0 && left_open_ && fcntl(its_.get(), F_SETFD, 0) != 0) error_ = errno;
  }

  // Whoever leads the session is told when the terminal goes, and would die of it.
  ~TerminalWitness() override { std::signal(SIGHUP, SIG_IGN); }
  TerminalWitness(const TerminalWitness&) = delete;
  TerminalWitness& operator=(const TerminalWitness&) = delete;

  Planted plant(const Inside&) override {
    if (error_ != 0)
      return {
          .order = "",
          .not_planted = "there is no terminal to start from: " + std::generic_category().message(error_)};
    const std::string descriptor = left_open_ ? " descriptor=" + std::to_string(its_.get()) : "";
    return {.order = "nonce=" + nonce_ + descriptor, .not_planted = ""};
  }

  Observation observe(const Record&) override {
    char text[256];
    for (ssize_t n; (n = read(ours_.get(), text, sizeof text)) > 0;) screen_.append(text, std::size_t(n));
    if (screen_.find(nonce_) != screen_.npos)
      return {Finding::reached, "what it wrote appeared on the terminal"};
    return {Finding::unchanged, "nothing appeared on the terminal"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  const std::string nonce_ = nonce();
  const bool left_open_;
  isolator::Fd ours_, its_;
  std::string screen_;
  int error_ = 0;
};

}  // namespace

std::unique_ptr<Witness> terminal_witness(const std::string& left) {
  return std::make_unique<TerminalWitness>(left == "left-open");
}

}  // namespace escapement
