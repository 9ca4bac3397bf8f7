#include "posture_words.h"

#include <arpa/inet.h>
#include <sys/capability.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace isolator::words {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

}  // namespace

std::string namespace_file(std::string_view word) {
  return "ns/" + std::string(word == "mount" ? "mnt" : word);
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string address(const std::string& text) {
  unsigned char binary[16];
  char out[INET6_ADDRSTRLEN];
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, text.c_str(), binary) == 1) return inet_ntop(family, binary, out, sizeof out);
  return text;
}

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

std::vector<IdRange> parse_map(const std::string& lines) {
  std::vector<IdRange> out;
  std::istringstream in(lines);
  for (IdRange range{}; in >> range.inside >> range.outside >> range.count;) out.push_back(range);
  return out;
}

std::string ranges(const std::vector<IdRange>& map) {
  std::string out;
  for (const IdRange& range : map)
    out += (out.empty() ? "" : ", ") + std::to_string(range.inside) + " " + std::to_string(range.outside) +
           " " + std::to_string(range.count);
  return or_none(out);
}

std::string capabilities(std::uint64_t set) {
  const int known = cap_max_bits();
  if (set == (std::uint64_t(1) << known) - 1) return "all";
  std::vector<std::string> names;
  for (int bit = 0; bit < known; ++bit) {
    if (!(set >> bit & 1)) continue;
    char* name = cap_to_name(bit);
    names.emplace_back(name != nullptr ? name : std::to_string(bit));
    cap_free(name);
  }
  return or_none(joined(names));
}

std::string offset(std::chrono::nanoseconds time) { return number(double(time.count()) / 1e9) + "s"; }

std::string plain(const std::string& path) {
  std::string out;
  for (const char c : path)
    if (c != '/' || !out.ends_with('/')) out += c;
  if (out.size() > 1 && out.ends_with('/')) out.pop_back();
  return out;
}

std::string cpu_limit(double processors) { return number(processors); }

}  // namespace isolator::words
