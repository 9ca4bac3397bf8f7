#pragma once

#include "report.h"
#include "style.h"

#include <string>
#include <vector>

namespace escapement {

/// How the guarantees fared that were attacked in one sandbox.
struct Tally {
  unsigned held = 0;    ///< an attack was contained, and none escaped
  unsigned failed = 0;  ///< an attack escaped
  unsigned untested =
      0;  ///< neither: nothing to attack, no control that fired, or no agreement about what happened
  bool operator==(const Tally&) const = default;
};
Tally tally(const Run&);

/// What of a profile a target has no words for, folded: "limits (3)" for three layers of one class.
std::vector<std::string> folded_gaps(const Run&);

/// The gaps with the same reason together: "limits.pids, limits.memory: it makes no control group".
std::vector<std::string> gap_lines(const Run&);

/// Has anybody but the isolator built a sandbox of it?
bool has_targets(const Report&);

/// One line a sandbox, under headings: for a terminal, and for a document.
std::vector<std::string> target_lines(const Report&, const Style&);
std::string target_markdown(const Report&);

}  // namespace escapement
