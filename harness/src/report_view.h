#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report.h"
#include "style.h"

namespace escapement {

/// What one cell tells a reader, the harmless ones first.
enum class Mark {
  held,      ///< contained, as claimed
  closed,    ///< contained, nothing claimed
  open,      ///< escaped, nothing claimed
  untested,  ///< not testable
  broken,    ///< broken
  breach,    ///< escaped although claimed
};
Mark mark(const Result&);
std::string_view glyph(Mark, bool utf8);  ///< one column wide
std::string_view meaning(Mark);
Tone tone(Mark);
bool green(Mark);  ///< nothing to explain: held or closed

/// The matrix: one column a run, one row a probe, grouped by class; both in the order in which they first
/// occur.
struct Row {
  std::string cls, probe;
  std::vector<const Result*> cells;  ///< one for each run; null where the probe was not run
};
std::vector<Row> rows(const Report&);

bool several_targets(const Report&);
/// One for each run: the profile, or target/profile where there are several targets.
std::vector<std::string> headings(const Report&);

/// Cells that are not green and tell the same of one probe.
struct Finding {
  Mark mark;
  std::string probe, guarantee, reason;
  std::vector<std::size_t> runs;  ///< indices into Report::runs, rising
};
/// In the order of the rows, the gravest kind last.
std::vector<Finding> findings(const Report&);

/// "everywhere", "open, chroot" or, of three and more neighbours, "open to pivot".
std::string where(const Finding&, const Report&);

/// The last word, in two clauses without a full stop.
struct Conclusion {
  std::string counts;  ///< "66 cells: 40 contained, 26 escaped where nothing was claimed"
  std::string
      verdict;  ///< "every claim held" or "1 claim does not hold: strict: process.signal (kill-outside-pid)"
  Tone tone;
};
Conclusion conclusion(const Report&);

/// Profiles that were left out, those with the same reason together: "left out: cgroup, capdrop (needs
/// root)"; and what was changed on the host.
std::vector<std::string> left_out(const Report&);

}  // namespace escapement
