#include "posture_words.h"

#include "builder.h"
#include "profile_tree.h"

#include <arpa/inet.h>
#include <linux/ioprio.h>
#include <sys/capability.h>
#include <sys/sysmacros.h>

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

std::string inode(const struct stat& info) {
  return std::to_string(major(info.st_dev)) + ":" + std::to_string(minor(info.st_dev)) + " " +
         std::to_string(info.st_ino);
}

std::string io_priority(int value) {
  const std::string level = std::to_string(value & ((1 << IOPRIO_CLASS_SHIFT) - 1));
  switch (value >> IOPRIO_CLASS_SHIFT) {
    case IOPRIO_CLASS_RT:
      return "realtime/" + level;
    case IOPRIO_CLASS_BE:
      return "best-effort/" + level;
    case IOPRIO_CLASS_IDLE:
      return "idle";
    default:
      return "none";
  }
}

std::string file(mode_t mode, const std::string& content) {
  return in_octal(mode) + " " + in_quotes(content);
}

std::string symbolic_link(const std::string& target) { return "link to " + target; }

}  // namespace isolator::words
