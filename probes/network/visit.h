#pragma once

// How a probe comes to a listener of the harness, and says who it is.

#include <netinet/in.h>
#include <stddef.h>

#include <sys/un.h>

#include <cstring>

#include "socket.h"

namespace probe {

/// What the kernel says of a place that is not there, or not to be reached from here.
#define NOBODY_THERE \
  { "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EACCES", "EPERM" }

inline in_port_t port(const Order& order) {
  return htons(static_cast<in_port_t>(order.number("port", 1, 65535)));
}

/// "198.18.0.1", as a number; 0 for anything else.
inline in_addr_t address(std::string_view text) {
  in_addr_t out = 0, part = 0;
  for (char each : text) {
    if (each == '.') {
      out = out << 8 | part;
      part = 0;
    } else {
      part = part * 10 + static_cast<in_addr_t>(each - '0');
    }
  }
  return htonl(out << 8 | part);
}

/// Where the order says that somebody listens.
inline sockaddr_in place(const Order& order) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_addr.s_addr = address(order.text("address"));
  return out;
}

inline sockaddr_in place_and_port(const Order& order) {
  sockaddr_in out = place(order);
  out.sin_port = port(order);
  return out;
}

/// An address of unix(7); a name that begins with @ is none of a file.
struct UnixPlace {
  sockaddr_un address{};
  long size = 0;

  explicit UnixPlace(std::string_view name) {
    address.sun_family = AF_UNIX;
    if (name.size() >= sizeof address.sun_path) stop("the name is too long");
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool abstract = name.starts_with('@');
    if (abstract) address.sun_path[0] = '\0';
    size = static_cast<long>(offsetof(sockaddr_un, sun_path) + name.size() + (abstract ? 0 : 1));
  }
};

/// Waits no longer than four seconds for an answer (EINPROGRESS): a packet that was lost, and sent again,
/// says nothing.
inline void be_brief(const Fd& socket) {
  struct {
    long seconds = 4, microseconds = 0;
  } time;
  sys(SYS_setsockopt, socket.get(), SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

/// Makes a socket and attempts "connect".
inline Fd come(int family, int type, const Text& call, const void* address, long size) {
  Fd socket = socket_for("connect", "", family, type);
  if (socket) be_brief(socket);
  if (socket && !attempt("connect", call, sys(SYS_connect, socket.get(), address, size))) socket.reset();
  return socket;
}

/// Connects, says the nonce, and leaves.
inline void visit(const Order& order, int family, const Text& call, const void* address, long size) {
  std::string_view nonce = order.text("nonce");
  Fd socket = come(family, SOCK_STREAM, call, address, size);
  if (socket) step("write(nonce)", sys(SYS_write, socket.get(), nonce.data(), nonce.size()));
}

}  // namespace probe
