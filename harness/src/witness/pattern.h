#pragma once

#include <memory>
#include <string>

namespace escapement {

/// A regular expression of ECMAScript. Here, since no header of the library takes longer to compile.
class Pattern {
 public:
  /// Throws std::regex_error.
  explicit Pattern(const std::string& expression);

  /// Is it the whole text?
  bool matches(const std::string& text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

/// Each run of blanks made one, as the columns of /proc are read by people.
std::string squeezed(const std::string& line);

}  // namespace escapement
