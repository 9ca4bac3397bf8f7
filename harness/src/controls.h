#pragma once

#include "judge.h"
#include "run.h"

#include <functional>
#include <string>
#include <vector>

namespace escapement {

/// What is on record of some cells, and of the control of each probe that was run with them.
struct Attacked {
  std::vector<Record> records;       ///< of the cells, in their order
  std::vector<Judgement> controls;   ///< of the probes of the request, in theirs
  std::vector<std::string> changed;  ///< of the host, by any of them
};

/// Plants what is attacked, runs the control of every probe of the request, asking for `demand`, and then the
/// cells, which it gives the plantings and the patience; takes away what was planted, and compares the host
/// with what it was. Throws as run() does.
Attacked attack_with_controls(
    const Request& request, const Demand& demand, std::vector<Cell> cells,
    const std::function<void(std::size_t done, std::size_t total, const Cell& last)>& progress);

/// As the report has it: of the probe with this number in the request.
Control control_of(const Request& request, std::size_t probe, const Judgement& judged);

}  // namespace escapement
