// Somebody of the host who hands an open file to whoever comes, through an abstract socket: the canary, which
// the sandbox does not show.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace escapement {
namespace {

using Finding = Observation::Finding;

void give(int socket, int file) {
  char byte = 0;
  iovec text{&byte, sizeof byte};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof file)] = {};
  msghdr message{};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  *rights = {CMSG_LEN(sizeof file), SOL_SOCKET, SCM_RIGHTS};
  std::memcpy(CMSG_DATA(rights), &file, sizeof file);
  sendmsg(socket, &message, MSG_NOSIGNAL);
}

[[noreturn]] void be_giver(int listener, int file) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    const isolator::Fd caller(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    if (caller) give(caller.get(), file);
  }
}

class GiverWitness : public Witness {
 public:
  explicit GiverWitness(const Plantings& plantings) : plantings_(plantings) {}
  ~GiverWitness() override {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  GiverWitness(const GiverWitness&) = delete;
  GiverWitness& operator=(const GiverWitness&) = delete;

  Planted plant(const Inside&) override {
    const std::string name = "escapement-" + nonce();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const isolator::Fd file(open(plantings_.canary_path.c_str(), O_RDONLY | O_CLOEXEC));
    const isolator::Fd listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto size = socklen_t(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    if (!file || !listener || bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener.get(), 8) != 0 || (pid_ = fork()) < 0)
      return {.order = "", .not_planted = "nobody can give anything on the host"};
    if (pid_ == 0) be_giver(listener.get(), file.get());
    return {.order = "name=" + name, .not_planted = ""};
  }

  std::vector<pid_t> helpers() const override { return {pid_}; }

  Observation observe(const Record& record) override {
    const bool read =
        std::find(record.saw.begin(), record.saw.end(), plantings_.canary_nonce) != record.saw.end();
    if (read) return {Finding::reached, "it read the canary through a descriptor of the host's"};
    return {Finding::unchanged, "it got nothing to read"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  const Plantings& plantings_;
  pid_t pid_ = -1;
};

}  // namespace

std::unique_ptr<Witness> giver_witness(const Plantings& plantings) {
  return std::make_unique<GiverWitness>(plantings);
}

}  // namespace escapement
