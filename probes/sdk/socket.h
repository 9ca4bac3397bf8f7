#pragma once

#include <sys/socket.h>

#include "probe.h"

namespace probe {

/// A socket for an attempt of that name; without one that has decided. `shown` is what stands in the
/// parentheses, "AF_INET, SOCK_DGRAM".
inline Fd socket_for(std::string_view attempt_name, std::string_view shown, int family, int type,
                     int protocol = 0) {
  Text call("socket(", shown, ")");
  Result made = sys(SYS_socket, family, type | SOCK_CLOEXEC, protocol);
  if (!made) {
    attempt(attempt_name, call, made);
    return {};
  }
  return Fd(step(call, made));
}

}  // namespace probe
