// What is expected against what is seen.

#include <isolator/posture.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace isolator {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

bool holds(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// A mount may be stricter than it was asked to be: a bind keeps what its source had.
std::string lacking(const std::string& wanted, const std::string& seen) {
  const std::vector<std::string> has = split(seen);
  std::string out;
  for (const std::string& option : split(wanted))
    if (!holds(has, option)) out += (out.empty() ? "" : " ") + option;
  return out;
}

// Every mount that was asked for, and none but these and what lies below some of them.
void compare_mounts(const Posture& expected, const Posture& seen, std::vector<std::string>& out) {
  const auto list = [](const Posture& posture, const char* fact) {
    const auto found = posture.find(fact);
    return found == posture.end() ? std::vector<std::string>() : split(found->second);
  };
  const std::vector<std::string> wanted = list(expected, "mounts"), there = list(seen, "mounts");
  const std::vector<std::string> below = list(expected, "mounts.below");
  for (const std::string& point : wanted)
    if (!holds(there, point)) out.push_back("mounts: nothing on " + point);
  for (const std::string& point : there) {
    const bool may = std::any_of(below.begin(), below.end(), [&](const std::string& top) {
      return point == top || point.starts_with(top == "/" ? top : top + "/");
    });
    if (!may && !holds(wanted, point)) out.push_back("mounts: " + point + "; expected none there");
  }
}

}  // namespace

std::vector<std::string> differences(const Posture& expected, const Posture& seen) {
  std::vector<std::string> out;
  for (const auto& [fact, wanted] : expected) {
    if (fact == "mounts") compare_mounts(expected, seen, out);
    if (fact.starts_with("mounts")) continue;
    const auto found = seen.find(fact);
    if (found == seen.end()) {
      if (!fact.starts_with("mount ") && !fact.starts_with("filesystem "))  // those of "mounts" tell
        out.push_back(fact + ": absent; expected " + wanted);
    } else if (fact.starts_with("path ") && found->second == "absent") {
      continue;  // nothing is there to be covered
    } else if (fact.starts_with("mount ") || fact.starts_with("filesystem ")) {
      if (const std::string lacks = lacking(wanted, found->second); !lacks.empty())
        out.push_back(fact + ": " + found->second + "; expected " + lacks + " too");
    } else if (found->second != wanted) {
      out.push_back(fact + ": " + found->second + "; expected " + wanted);
    }
  }
  return out;
}

}  // namespace isolator
