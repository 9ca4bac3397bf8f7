#include "pattern.h"

#include <regex>

namespace escapement {

struct Pattern::Compiled {
  std::regex regex;
};

Pattern::Pattern(const std::string& expression)
    : compiled_(std::make_shared<const Compiled>(Compiled{std::regex(expression)})) {}

bool Pattern::matches(const std::string& text) const { return std::regex_match(text, compiled_->regex); }

std::string squeezed(const std::string& line) {
  static const std::regex blanks("\\s+");
  return std::regex_replace(line, blanks, " ");
}

}  // namespace escapement
