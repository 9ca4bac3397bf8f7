// Something happens to a device of the host while the probe listens: a tap interface with a random name comes
// and goes, a few times. The kernel tells of it to whoever hears its events.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace escapement {
namespace {

using Finding = Observation::Finding;

bool come_and_go(const std::string& name) {
  const isolator::Fd tap(open("/dev/net/tun", O_RDWR | O_CLOEXEC));
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  return tap && ioctl(tap.get(), TUNSETIFF, &request) == 0;
}

[[noreturn]] void keep_coming(const std::string& name) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int times = 0; times < 20; ++times) {
    usleep(50'000);
    come_and_go(name);
  }
  for (;;) pause();
}

class UeventWitness : public Witness {
 public:
  ~UeventWitness() override {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  Planted plant(const Inside&) override {
    if (!come_and_go(name_))
      return {.order = "",
              .not_planted = "nothing can be made to happen: it needs root and /dev/net/tun",
              .absent = geteuid() != 0};
    pid_ = fork();
    if (pid_ == 0) keep_coming(name_);
    if (pid_ < 0) return {.order = "", .not_planted = "nobody to make something happen"};
    return {.order = "prefix=" + name_.substr(0, 9), .not_planted = ""};
  }

  std::vector<pid_t> helpers() const override { return {pid_}; }

  Observation observe(const Record& record) override {
    const bool heard = std::find(record.saw.begin(), record.saw.end(), name_) != record.saw.end();
    if (heard) return {Finding::reached, "it heard of " + name_};
    return {Finding::unchanged, "it heard nothing of the interface that came and went"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  const std::string name_ = "esc" + nonce().substr(0, 12);
  pid_t pid_ = -1;
};

}  // namespace

std::unique_ptr<Witness> uevent_witness() { return std::make_unique<UeventWitness>(); }

}  // namespace escapement
