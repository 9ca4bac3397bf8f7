#pragma once

#include "way.h"

namespace bench {

/// Starts the program, which it finds in PATH, and waits for its end, which must be a success.
Work spawned(std::vector<std::string> command);

}  // namespace bench
