#pragma once

#include "../cell.h"

namespace escapement {

/// As run_cell() does, in a sandbox that a target builds: Cell::target. Throws std::exception where the
/// harness cannot do its own part; what went wrong with the sandbox is on record.
void attack_in_target(const Cell& cell, Witness& witness, Record& record);

}  // namespace escapement
