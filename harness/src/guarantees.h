#pragma once

#include <string>
#include <vector>

namespace escapement {

/// One property that a sandbox can promise, `class.property`, and the sentence that says what it means.
struct Guarantee {
  std::string id, sentence;
};

/// All of them, in the order of the file. Throws std::runtime_error with file, line and column.
std::vector<Guarantee> read_guarantees(const std::string& path);

/// Is `guarantee` one of `claims`, by name, by `class.*` or by `*`?
bool is_claimed(const std::vector<std::string>& claims, const std::string& guarantee);

/// The claims that no guarantee matches: a misspelt claim would be kept by every sandbox.
std::vector<std::string> unknown_claims(const std::vector<std::string>& claims,
                                        const std::vector<Guarantee>& known);

}  // namespace escapement
