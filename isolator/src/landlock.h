#pragma once

#include "builder.h"

#include <span>
#include <string_view>

namespace isolator {

/// One right or scope of landlock(7).
struct LandlockRight {
  std::string_view word;  ///< the kernel's, in lower case
  std::uint64_t Landlock::Rights::*kind;
  std::uint64_t bit;
  int abi;  ///< the first that knows it
};

std::span<const LandlockRight> landlock_rights();

}  // namespace isolator
