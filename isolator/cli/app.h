#pragma once

#include "commands.h"

#include <CLI/CLI.hpp>

namespace isolator::cli {

/// Every command and option, in one place: for the program, its manual page and the completion of shells.
void define(CLI::App&, Options&);

}  // namespace isolator::cli
