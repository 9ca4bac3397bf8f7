#include "guarantees.h"

#include <toml++/toml.h>

#include <algorithm>
#include <stdexcept>

namespace escapement {
namespace {

[[noreturn]] void refuse(const std::string& path, const toml::source_position& at, const std::string& what) {
  throw std::runtime_error(path + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
                           what);
}

bool matches(const std::string& claim, const std::string& guarantee) {
  if (claim == "*" || claim == guarantee) return true;
  return claim.ends_with(".*") && guarantee.starts_with(claim.substr(0, claim.size() - 1));
}

}  // namespace

std::vector<Guarantee> read_guarantees(const std::string& path) {
  try {
    std::vector<std::pair<std::uint32_t, Guarantee>> found;
    const toml::table file = toml::parse_file(path);
    for (const auto& [cls, properties] : file) {
      if (!properties.is_table()) refuse(path, properties.source().begin, "expected a table, [class]");
      for (const auto& [property, sentence] : *properties.as_table()) {
        const toml::source_position at = sentence.source().begin;
        if (!sentence.is_string()) refuse(path, at, "expected a sentence");
        found.emplace_back(at.line, Guarantee{std::string(cls.str()) + "." + std::string(property.str()),
                                              **sentence.as_string()});
      }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Guarantee> out;
    for (auto& [line, guarantee] : found) out.push_back(std::move(guarantee));
    return out;
  } catch (const toml::parse_error& e) {
    refuse(path, e.source().begin, std::string(e.description()));
  }
}

bool is_claimed(const std::vector<std::string>& claims, const std::string& guarantee) {
  return std::any_of(claims.begin(), claims.end(),
                     [&](const std::string& claim) { return matches(claim, guarantee); });
}

std::vector<std::string> unknown_claims(const std::vector<std::string>& claims,
                                        const std::vector<Guarantee>& known) {
  std::vector<std::string> out;
  for (const std::string& claim : claims)
    if (std::none_of(known.begin(), known.end(), [&](const Guarantee& g) { return matches(claim, g.id); }))
      out.push_back(claim);
  return out;
}

}  // namespace escapement
