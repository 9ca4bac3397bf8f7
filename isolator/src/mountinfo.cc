#include "mountinfo.h"

#include "cgroup_files.h"

#include <charconv>

namespace isolator {
namespace {

/// mountinfo writes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out += char((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

MountLine parse_mount_line(std::string_view line) {
  using cgroup::next;
  MountLine out;
  std::string_view tail =
      line.substr(std::min(line.size(), line.find(" - ") + 3));  // optional fields end there
  out.id = number(next(line, ' '));
  out.parent = number(next(line, ' '));
  out.device = next(line, ' ');
  out.root = unescape(next(line, ' '));
  out.point = unescape(next(line, ' '));
  out.options = next(line, ' ');
  out.type = next(tail, ' ');
  next(tail, ' ');  // the source, any text
  out.super_options = tail;
  return out;
}

std::vector<MountLine> parse_mountinfo(std::string_view text) {
  std::vector<MountLine> out;
  while (!text.empty()) out.push_back(parse_mount_line(cgroup::next(text, '\n')));
  return out;
}

}  // namespace isolator
