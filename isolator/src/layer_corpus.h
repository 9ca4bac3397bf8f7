#pragma once

#include "landlock.h"
#include "test_sandbox.h"

#include <isolator/profile.h>

#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

// testdata/layers: a profile for each layer, alone with what it cannot be without, and beside it its plan.
// What stands in a line behind "# without:" stands there in its place where the layer is taken away.

namespace isolator::testing {

inline std::filesystem::path corpus_directory() {
  return std::filesystem::path(__FILE__).parent_path().parent_path() / "testdata/layers";
}

/// The names of its files with this extension, without it.
inline std::vector<std::string> corpus(const std::string& extension = ".toml") {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(corpus_directory()))
    if (entry.path().extension() == extension) out.push_back(entry.path().stem());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string read_corpus(const std::string& file) {
  std::ifstream in(corpus_directory() / file);
  EXPECT_TRUE(in) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string without_layer(const std::string& toml) {
  static constexpr std::string_view mark = "# without:";
  std::istringstream lines(toml);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t at = line.find(mark);
    out += (at == std::string::npos ? line : line.substr(at + mark.size())) + "\n";
  }
  return out;
}

/// The Spec of a profile, with a payload.
inline Spec corpus_spec(const std::string& toml, const std::string& origin) {
  Spec spec = parse_profile(toml, origin).spec;
  spec.process.argv = {"/payload"};
  return spec;
}

/// What this kernel is too old for; empty where it can build it.
inline std::string lacking(const Spec& spec) {
  if (has(spec.unshare, Ns::time) && !exec_enters_time_namespace())
    return "no exec enters a time namespace here";
  if (!spec.landlock) return "";
  constexpr long version = 1;
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, version);
  const Landlock::Rights& wanted = spec.landlock->handled;
  for (const LandlockRight& right : landlock_rights())
    if (wanted.*right.kind & right.bit && right.abi > abi)
      return "this kernel has no Landlock that knows " + std::string(right.word);
  return "";
}

inline std::string corpus_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string out = info.param;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return out;
}

}  // namespace isolator::testing
