// Somebody of the host who listens, and notes who comes: a socket of the harness, in the network namespace of
// the host.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

class ListenerWitness : public Witness {
 public:
  explicit ListenerWitness(const std::string& kind) : kind_(kind) {}

  Planted plant(const Inside&) override {
    nonce_ = nonce();
    try {
      const std::string address = listen_somewhere();
      return {.order = address + " nonce=" + nonce_, .not_planted = ""};
    } catch (const std::system_error& error) {
      return {.order = "", .not_planted = std::string("nobody can listen on the host: ") + error.what()};
    }
  }

  // What was sent before the claim has arrived by now: all of it stays in this kernel.
  Observation observe(const Record&) override {
    if (kind_ != "udp" && !heard_) {
      const isolator::Fd caller(accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (caller) came_ = true;
      if (caller) hear(caller.get());
    } else if (!heard_) {
      hear(socket_.get());
    }
    if (heard_) return {Finding::reached, "the listener heard the nonce"};
    if (came_) return {Finding::reached, "somebody came to the listener, and said nothing"};
    return {Finding::unchanged, "nobody came to the listener"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return observe(record);
  }

 private:
  std::string listen_somewhere() {
    const bool unix_socket = kind_ == "abstract";
    const int family = unix_socket ? AF_UNIX : kind_ == "tcp6" ? AF_INET6 : AF_INET;
    const int type = kind_ == "udp" ? SOCK_DGRAM : SOCK_STREAM;
    socket_.reset(socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) fail("socket");
    sockaddr_storage at{};
    socklen_t size = sizeof at;
    std::string order;
    if (unix_socket) {
      // The name begins with a NUL: unix(7), "Address format".
      const std::string name = "escapement-" + nonce();
      auto& address = reinterpret_cast<sockaddr_un&>(at);
      address.sun_family = AF_UNIX;
      std::memcpy(address.sun_path + 1, name.data(), name.size());
      size = socklen_t(offsetof(sockaddr_un, sun_path) + 1 + name.size());
      order = "name=" + name;
    } else if (family == AF_INET6) {
      auto& address = reinterpret_cast<sockaddr_in6&>(at);
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
      size = sizeof address;
    } else {
      auto& address = reinterpret_cast<sockaddr_in&>(at);
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size = sizeof address;
    }
    if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&at), size) != 0) fail("bind");
    if (type == SOCK_STREAM && listen(socket_.get(), 8) != 0) fail("listen");
    if (unix_socket) return order;
    size = sizeof at;
    if (getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&at), &size) != 0) fail("getsockname");
    return "port=" + std::to_string(ntohs(reinterpret_cast<sockaddr_in&>(at).sin_port));
  }

  void hear(int fd) {
    char text[128];
    for (ssize_t n; (n = recv(fd, text, sizeof text, MSG_DONTWAIT)) > 0;)
      heard_ |= std::string_view(text, std::size_t(n)).starts_with(nonce_);
  }

  std::string kind_, nonce_;
  isolator::Fd socket_;
  bool came_ = false, heard_ = false;
};

}  // namespace

std::unique_ptr<Witness> listener_witness(const std::string& kind) {
  return std::make_unique<ListenerWitness>(kind);
}

}  // namespace escapement
