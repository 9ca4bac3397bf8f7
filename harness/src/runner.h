#pragma once

#include "cell.h"

#include <functional>
#include <vector>

namespace escapement {

/// Runs every cell in a process of its own, `jobs` at a time, and returns their records in the same order.
/// `done` is told after each how many are finished, and which cell was.
std::vector<Record> run_cells(const std::vector<Cell>& cells, unsigned jobs,
                              const std::function<void(std::size_t finished, const Cell& cell)>& done);

}  // namespace escapement
