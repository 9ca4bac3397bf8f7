#pragma once

// Of the witness "families": to ask for a family of sockets that is not loaded would have the host load a
// module.

#include "probe.h"

namespace probe {

/// Is the number in the list of the order, "families=17,40"?
inline bool lists(const Order& order, std::string_view key, long wanted) {
  for (const char* at = order.text(key); *at != '\0';) {
    long number = 0;
    bool digits = false;
    for (; *at >= '0' && *at <= '9'; ++at, digits = true) number = number * 10 + (*at - '0');
    if (digits && number == wanted) return true;
    if (*at != '\0') ++at;
  }
  return false;
}

inline void need_family(const Order& order, long family) {
  if (!lists(order, "families", family))
    stop_for_want_of("this kernel has not loaded that family of sockets");
}

inline void need_netlink(const Order& order, long protocol) {
  if (!lists(order, "netlink", protocol))
    stop_for_want_of("this kernel has not loaded that protocol of netlink");
}

}  // namespace probe
