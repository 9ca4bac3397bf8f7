#pragma once

#include "signs.h"
#include "word.h"

#include "../src/style.h"

#include <optional>
#include <string>
#include <vector>

namespace escapement::unwitnessed {

/// One attack, and what the probe says of it.
struct Answer {
  ProbeInfo probe;
  Word word;
  std::vector<Step> steps;
};

/// One that was not made, and why.
struct LeftOut {
  ProbeInfo probe;
  std::string reason;
};

struct InsideReport {
  Boundary boundary;
  std::vector<Likeness> comparison;  ///< with the host; empty: none was given
  std::vector<Answer> answers;
  std::vector<LeftOut> left_out;
  std::string release;
};

/// 0: nothing was reached, and something was refused; 1: something was reached; 3: nothing was decided.
int exit_code(const InsideReport& report);

std::string to_table(const InsideReport& report, const Style& style);
std::string to_json_text(const InsideReport& report);

}  // namespace escapement::unwitnessed
