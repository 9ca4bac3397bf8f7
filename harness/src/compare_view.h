#pragma once

#include <string>
#include <utility>
#include <vector>

#include "compare.h"
#include "style.h"

namespace escapement {

// What the table and the comment of a pull request have in common.

/// One line, without a full stop: "3 changes are worse: 2 escaped, 1 layer-lost".
std::string conclusion(const Comparison&);
Tone tone(const Comparison&);

/// What was compared, and between which machines, a sentence each.
std::vector<std::string> heads(const Comparison&);

/// "strict", or "isolator/strict" where there are several targets.
std::string place(const Comparison&, const Difference&);

/// "contained -> escaped", with `arrow` between them; empty where there is neither.
std::string was_is(const Difference&, const std::string& arrow);

/// What is worse, by its kind, in the order of Change.
std::vector<std::pair<Change, std::vector<Difference>>> by_change(const Comparison&);

/// One probe whose verdict went the same way in several profiles.
struct VerdictGroup {
  std::string probe, was, is;
  std::vector<std::string> places;
};
std::vector<VerdictGroup> by_probe(const Comparison&);

}  // namespace escapement
