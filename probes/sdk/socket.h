#pragma once

#include <sys/socket.h>

#include "probe.h"

namespace probe {

/// Makes a socket; none where that is refused, which decides: then it is the attempt `name`. `what` is as
/// strace would print it: "AF_INET, SOCK_DGRAM".
inline Fd socket_for(std::string_view name, std::string_view what, long family, long type,
                     long protocol = 0) {
  Text call("socket(", what, ")");
  Result made = sys(SYS_socket, family, type | SOCK_CLOEXEC, protocol);
  if (!made) {
    attempt(name, call, made);
    return {};
  }
  return Fd(step(call, made));
}

}  // namespace probe
