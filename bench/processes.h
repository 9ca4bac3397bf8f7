#pragma once

#include "way.h"

namespace bench {

/// Starts the program, which it finds in PATH, and waits for its end, which must be a success.
Work spawned(std::vector<std::string> command);

/// Waits for whoever has ended as an orphan below this process: bwrap ends before the first process of its
/// sandbox does. Thousands of zombies make everything slower that is measured after them. For when no
/// measurement is under way.
void reap_orphans();

}  // namespace bench
