// Some attacks must not run beside each other: two that compute would take each other for a limit, and two
// that take an address of the host are in each other's way. So they wait for their turn, those of other runs
// included: whoever holds an abstract name has it, and loses it when it ends, however that is (unix(7)).

#include "witness.h"

#include <isolator/fd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>

namespace escapement {
namespace {

using Finding = Observation::Finding;

constexpr char name[] = "\0escapement-alone";

class AloneWitness : public Witness {
 public:
  AloneWitness() : turn_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name, sizeof name - 1);
    const auto size = socklen_t(offsetof(sockaddr_un, sun_path) + sizeof name - 1);
    while (bind(turn_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) {
      if (errno != EADDRINUSE) throw std::system_error(errno, std::generic_category(), "bind");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  Planted plant(const Inside&) override { return {}; }
  Observation observe(const Record&) override { return {Finding::unchanged, ""}; }
  Observation observe_after(const Record&, const std::map<std::string, std::uint64_t>&) override {
    return {Finding::unchanged, ""};
  }

 private:
  isolator::Fd turn_;
};

}  // namespace

std::unique_ptr<Witness> alone_witness() { return std::make_unique<AloneWitness>(); }

}  // namespace escapement
