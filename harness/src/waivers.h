#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "change.h"

namespace escapement {

struct Comparison;

/// A regression that is accepted for a while: one `[[waive]]` of a file; docs/compare.md. Names are globs,
/// which stand for everything where the file says nothing.
struct Waiver {
  std::string target = "*", profile = "*", probe = "*";
  std::string what = "*";  ///< the layer, the setting or what of the host
  Change change = Change::escaped;
  std::string reason;
  std::chrono::year_month_day expires;  ///< the last day on which it counts
  std::string place;                    ///< `file:line:column`
};

/// Throws isolator::ProfileError: `file:line:column: key: what is wrong; expected what`.
std::vector<Waiver> read_waivers(const std::string& path);
/// The same from memory; `origin` stands for the file name.
std::vector<Waiver> parse_waivers(std::string_view toml, const std::string& origin);

/// Takes the regressions that are waived out of those that are worse. A waiver that has expired waives
/// nothing.
void waive(Comparison&, const std::vector<Waiver>&, std::chrono::year_month_day today);

/// In UTC.
std::chrono::year_month_day today();

std::string text_of(std::chrono::year_month_day);  ///< "2027-03-01"
/// The names of it that say something: "escaped: strict, kill-outside-pid".
std::string summary(const Waiver&);

}  // namespace escapement
