// Somebody of the host who listens, and notes who comes: a socket of the harness, in the network namespace of
// the host. Its argument says where: "tcp", "tcp6", "udp" on the loopback; "host tcp", "host udp", "host
// icmp" on an address of the planted interface; "hidden tcp" on a port that the probe is not told; "docker"
// on the port of Docker's API; "abstract" and "shim", of whose abstract name it is told all or the beginning;
// "path" and "root path", a file in /run for everybody or for the owner alone.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>
#include <isolator/ledger.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

namespace escapement {
namespace {

using Finding = Observation::Finding;

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// An address of a socket, whatever its family.
struct Place {
  sockaddr_storage at{};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&at); }
  template <typename Address>
  Address& as(sa_family_t family) {
    at.ss_family = family;
    size = sizeof(Address);
    return reinterpret_cast<Address&>(at);
  }
};

Place ip_place(in_addr_t address) {
  Place out;
  out.as<sockaddr_in>(AF_INET).sin_addr.s_addr = address;
  return out;
}

Place ip6_loopback() {
  Place out;
  out.as<sockaddr_in6>(AF_INET6).sin6_addr = in6addr_loopback;
  return out;
}

// A name that begins with a NUL is none of a file: unix(7), "Address format".
Place unix_place(const std::string& name) {
  Place out;
  auto& address = out.as<sockaddr_un>(AF_UNIX);
  if (name.size() >= sizeof address.sun_path)
    throw std::system_error(ENAMETOOLONG, std::generic_category(), name);
  std::memcpy(address.sun_path, name.data(), name.size());
  out.size = socklen_t(offsetof(sockaddr_un, sun_path) + name.size() + (name[0] == '\0' ? 0 : 1));
  return out;
}

/// One of the loopback that nobody else listens on, for who shall be known by it.
in_addr_t address_of_its_own() { return htonl((127U << 24) + std::random_device()() % 0xfffff0 + 0x10); }

std::string text_of(in_addr_t address) {
  char text[INET_ADDRSTRLEN];
  const in_addr in{address};
  return inet_ntop(AF_INET, &in, text, sizeof text);
}

class ListenerWitness : public Witness {
 public:
  ListenerWitness(std::string kind, const Plantings& plantings)
      : plantings_(plantings), kind_(std::move(kind)) {}
  ~ListenerWitness() override {
    if (!path_.empty()) unlink(path_.c_str());
  }
  ListenerWitness(const ListenerWitness&) = delete;
  ListenerWitness& operator=(const ListenerWitness&) = delete;

  Planted plant(const Inside&) override {
    nonce_ = nonce();
    try {
      const std::string address = listen_somewhere();
      return {.order = address + " nonce=" + nonce_, .not_planted = ""};
    } catch (const std::system_error& error) {
      return {.order = "",
              .not_planted = std::string("nobody can listen on the host: ") + error.what(),
              .absent = geteuid() != 0 || error.code().value() == EADDRINUSE};
    }
  }

  // What was sent before the claim has arrived by now: all of it stays in this kernel.
  Observation observe(const Record&) override {
    if (type_ == SOCK_STREAM && !heard_) {
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
  /// The address, for the order.
  std::string listen_somewhere() {
    const std::string name = "escapement-" + nonce();
    if (kind_ == "abstract") return listen(unix_place('\0' + name)), "name=" + name;
    if (kind_ == "shim") {
      // As the runtime of containerd names its own: CVE-2020-15257.
      const std::string path = "/containerd-shim/" + name;
      return listen(unix_place('\0' + path)), "prefix=" + path.substr(0, path.size() - 16);
    }
    if (kind_ == "path" || kind_ == "root path") return "path=" + listen_in_run(name);
    if (kind_ == "docker") {
      Place place = ip_place(htonl(INADDR_LOOPBACK));
      place.as<sockaddr_in>(AF_INET).sin_port = htons(2375);  // IANA: docker
      return "port=" + listen(place);
    }
    if (kind_ == "tcp6") return "port=" + listen(ip6_loopback());
    if (kind_.ends_with("udp")) type_ = SOCK_DGRAM;
    if (kind_ == "tcp" || kind_ == "udp") return "port=" + listen(ip_place(htonl(INADDR_LOOPBACK)));
    const in_addr_t address =
        kind_.starts_with("host ") ? inet_addr(plantings_.address.c_str()) : address_of_its_own();
    if (kind_ == "host icmp") {
      // The loopback of any network namespace answers a ping.
      if (ntohl(address) >> 24 == 127)
        throw std::system_error(EADDRNOTAVAIL, std::generic_category(), "ping");
      type_ = SOCK_RAW;
      protocol_ = IPPROTO_ICMP;
    }
    const std::string port = listen(ip_place(address));
    return "address=" + text_of(address) +
           (kind_ == "host tcp" || kind_ == "host udp" ? " port=" + port : "");
  }

  /// The port, where there are ports.
  std::string listen(Place place) {
    socket_.reset(socket(place.at.ss_family, type_ | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol_));
    if (!socket_) fail("socket");
    if (bind(socket_.get(), place.get(), place.size) != 0) fail("bind");
    if (type_ == SOCK_STREAM && ::listen(socket_.get(), 8) != 0) fail("listen");
    place.size = sizeof place.at;
    if (getsockname(socket_.get(), place.get(), &place.size) != 0) fail("getsockname");
    return std::to_string(ntohs(reinterpret_cast<sockaddr_in&>(place.at).sin_port));
  }

  /// Where services have their sockets: /run, or that of the user.
  std::string listen_in_run(const std::string& name) {
    const char* own = std::getenv("XDG_RUNTIME_DIR");
    const std::string directory = access("/run", W_OK) != 0 && own != nullptr ? own : "/run";
    std::string path = directory + "/" + name;
    entry_ = isolator::ledger::Entry(path);
    listen(unix_place(path));
    path_ = path;
    if (chmod(path.c_str(), kind_ == "path" ? 0666 : 0600) != 0) fail("chmod");
    return path;
  }

  void hear(int fd) {
    char text[512];
    for (ssize_t n; (n = recv(fd, text, sizeof text, MSG_DONTWAIT)) > 0;)
      heard_ |= std::string_view(text, std::size_t(n)).find(nonce_) != std::string_view::npos;
  }

  const Plantings& plantings_;
  std::string kind_, nonce_, path_;
  isolator::ledger::Entry entry_;
  isolator::Fd socket_;
  int type_ = SOCK_STREAM, protocol_ = 0;
  bool came_ = false, heard_ = false;
};

}  // namespace

std::unique_ptr<Witness> listener_witness(const std::string& kind, const Plantings& plantings) {
  return std::make_unique<ListenerWitness>(kind, plantings);
}

}  // namespace escapement
