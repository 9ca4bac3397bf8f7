#include "waivers.h"

#include <isolator/profile.h>

#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>

#include "../../isolator/src/profile_tree.h"
#include "compare.h"
#include "report_text.h"

namespace escapement {
namespace {

using isolator::fail;
using isolator::Node;

/// The names that a kind of regression has, all of which a waiver must tell: one that forgets its profile
/// would waive more than was meant.
struct Names {
  bool profile, probe, what;
};

Names names_of(Change change) {
  switch (change) {
    case Change::layer_lost:
      return {true, false, true};
    case Change::profile_lost:
    case Change::slower:
      return {true, false, false};
    case Change::sysctl_loosened:
    case Change::host_changed:
      return {false, false, true};
    default:
      return {true, true, false};
  }
}

std::string words() {
  std::vector<std::string> out;
  for (Change change : changes) out.emplace_back(name(change));
  return "one of " + text::join(out, ", ");
}

std::string string_of(const Node& value, const std::string& key, const std::string& wanted) {
  const std::string* text = value.as<std::string>();
  if (text == nullptr) fail(value.place, key, "is " + std::string(kind(value)) + "; expected " + wanted);
  if (text->find_first_not_of(" \t\r\n") == std::string::npos)
    fail(value.place, key, "is empty; expected " + wanted);
  return *text;
}

const Node& needed(const Node& waiver, const std::string& key, const std::string& wanted) {
  if (const Node* found = find(waiver, key)) return *found;
  fail(waiver.place, key, "is missing; expected " + wanted);
}

Change change_of(const Node& waiver) {
  const Node& value = needed(waiver, "change", words());
  const std::string word = string_of(value, "change", words());
  for (Change change : changes)
    if (name(change) == word) return change;
  fail(value.place, "change", isolator::in_quotes(word) + " is none of its words; expected " + words());
}

std::chrono::year_month_day expires_of(const Node& waiver) {
  constexpr const char* wanted = "a date without quotes and without a time, as 2027-03-01";
  const Node& value = needed(waiver, "expires", wanted);
  const Node::Date* date = value.as<Node::Date>();
  if (date == nullptr)
    fail(value.place, "expires", "is " + std::string(kind(value)) + "; expected " + wanted);
  if (date->year == 0) fail(value.place, "expires", std::string("is a time; expected ") + wanted);
  using namespace std::chrono;
  return year_month_day{year(static_cast<int>(date->year)), month(date->month), day(date->day)};
}

void check_keys(const Node& waiver, Change change, const Names& names) {
  for (const Node::Entry& entry : *waiver.as<Node::Table>()) {
    const std::string& key = entry.key;
    if (key == "change" || key == "reason" || key == "expires") continue;
    const bool known = key == "probe" || key == "profile" || key == "what" || key == "target";
    if (!known)
      fail(entry.place, key,
           "there is no such key; expected change, profile, probe, what, target, reason, expires");
    const bool has = key == "probe" ? names.probe : key == "what" ? names.what : names.profile;
    if (!has)
      fail(entry.place, key,
           "\"" + std::string(name(change)) + "\" has none; expected this key to be absent");
  }
}

Waiver waiver_of(const Node& node) {
  Waiver out;
  out.change = change_of(node);
  const Names names = names_of(out.change);
  check_keys(node, out.change, names);
  const auto glob = [&](bool has, const char* key, const char* wanted, std::string& to) {
    if (has) to = string_of(needed(node, key, wanted), key, wanted);
  };
  glob(names.profile, "profile", "the name of a profile, or a pattern such as \"strict*\"", out.profile);
  glob(names.probe, "probe", "the id of a probe, or a pattern such as \"mount-*\"", out.probe);
  glob(names.what, "what", "the layer, the setting or the line that the report names, or a pattern",
       out.what);
  if (const Node* target = find(node, "target"))
    out.target = string_of(*target, "target", "the name of a target, or a pattern");
  constexpr const char* why = "a sentence that says why this is accepted";
  out.reason = string_of(needed(node, "reason", why), "reason", why);
  out.expires = expires_of(node);
  out.place =
      *node.place.origin + ":" + std::to_string(node.place.line) + ":" + std::to_string(node.place.column);
  return out;
}

/// A name may hold what is a pattern for fnmatch(3): `strict identity.uid_map=[]`.
bool matches(const std::string& pattern, const std::string& name) {
  return pattern == name || fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

bool matches(const Waiver& waiver, const Regression& regression) {
  const Difference& at = regression.at;
  return waiver.change == regression.change && matches(waiver.target, at.target) &&
         matches(waiver.profile, at.profile) && matches(waiver.probe, at.probe) &&
         matches(waiver.what, at.what);
}

}  // namespace

std::vector<Waiver> parse_waivers(std::string_view toml, const std::string& origin) {
  const Node tree = isolator::parse_toml(toml, origin);
  std::vector<Waiver> out;
  for (const Node::Entry& entry : *tree.as<Node::Table>()) {
    if (entry.key != "waive") fail(entry.place, entry.key, "there is no such key; expected [[waive]]");
    const Node::List* list = entry.value.as<Node::List>();
    if (list == nullptr)
      fail(entry.place, "waive", "is " + std::string(kind(entry.value)) + "; expected [[waive]]");
    for (const Node& one : *list) {
      if (one.as<Node::Table>() == nullptr)
        fail(one.place, "waive", "holds " + std::string(kind(one)) + "; expected [[waive]]");
      out.push_back(waiver_of(one));
    }
  }
  return out;
}

std::vector<Waiver> read_waivers(const std::string& path) {
  std::ifstream file(path);
  if (!file)
    throw isolator::ProfileError(path + ": cannot open: " + std::strerror(errno) +
                                 "; expected waivers, TOML");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad())
    throw isolator::ProfileError(path + ": cannot read: " + std::strerror(errno) +
                                 "; expected waivers, TOML");
  return parse_waivers(text, path);
}

void waive(Comparison& comparison, const std::vector<Waiver>& waivers, std::chrono::year_month_day today) {
  std::vector<bool> used(waivers.size());
  std::vector<Regression> worse;
  for (Regression& regression : comparison.worse) {
    std::optional<std::size_t> by;
    for (std::size_t i = 0; i < waivers.size(); ++i) {
      if (waivers[i].expires < today || !matches(waivers[i], regression)) continue;
      used[i] = true;
      if (!by) by = i;
    }
    if (by)
      comparison.waived.push_back({std::move(regression), waivers[*by]});
    else
      worse.push_back(std::move(regression));
  }
  comparison.worse = std::move(worse);
  for (std::size_t i = 0; i < waivers.size(); ++i) {
    if (waivers[i].expires < today)
      comparison.expired.push_back(waivers[i]);
    else if (!used[i])
      comparison.unused.push_back(waivers[i]);
  }
}

std::chrono::year_month_day today() {
  return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
}

std::string text_of(std::chrono::year_month_day date) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string summary(const Waiver& waiver) {
  const Names names = names_of(waiver.change);
  std::vector<std::string> parts;
  if (waiver.target != "*") parts.push_back(waiver.target);
  if (names.profile) parts.push_back(waiver.profile);
  if (names.probe) parts.push_back(waiver.probe);
  if (names.what) parts.push_back(waiver.what);
  return std::string(name(waiver.change)) + ": " + text::join(parts, ", ");
}

}  // namespace escapement
