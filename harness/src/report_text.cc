#include "report_text.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace escapement::text {
namespace {

struct Decoded {
  char32_t point;
  unsigned bytes;  // 0: not UTF-8
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
Decoded decode(std::string_view text) {
  auto byte = [&](unsigned i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  unsigned bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {0, 0};
  char32_t point = first & (0xffu >> (bytes + 1));
  for (unsigned i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    point = point << 6 | (byte(i) & 0x3f);
  }
  static constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = point >= 0xd800 && point < 0xe000;
  if (point < smallest[bytes] || surrogate || point > 0x10ffff) return {0, 0};
  return {point, bytes};
}

bool printable(char32_t c) {
  bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  bool direction = (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return !control && !direction && c != 0xfeff &&
         (c & 0xfffe) != 0xfffe;  // the last: no characters in XML 1.0
}

// wcwidth(3) goes by the locale of the thread, and the program need not have set one.
unsigned columns_of(char32_t c) {
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (c < 0x80 || !utf8) return 1;
  locale_t before = uselocale(utf8);
  int columns = wcwidth(static_cast<wchar_t>(c));
  uselocale(before);
  return columns < 0 ? 1 : static_cast<unsigned>(columns);
}

}  // namespace

std::string clean(std::string_view raw, bool utf8) {
  std::string out;
  while (!raw.empty()) {
    auto [point, bytes] = decode(raw);
    unsigned taken = std::max(bytes, 1u);
    if (raw[0] == '\n' || raw[0] == '\t' || raw[0] == '\r') {
      out += ' ';
    } else if (bytes == 0 || !printable(point)) {
      for (char c : raw.substr(0, taken)) {
        char hex[5];
        std::snprintf(hex, sizeof hex, "\\x%02x", static_cast<unsigned char>(c));
        out += hex;
      }
    } else if (bytes > 1 && !utf8) {
      out += '?';
    } else {
      out += raw.substr(0, bytes);
    }
    raw.remove_prefix(taken);
  }
  return out;
}

unsigned width(std::string_view text) {
  unsigned columns = 0;
  while (!text.empty()) {
    auto [point, bytes] = decode(text);
    columns += bytes ? columns_of(point) : 1;
    text.remove_prefix(std::max(bytes, 1u));
  }
  return columns;
}

std::string cut(std::string_view text, unsigned columns, bool utf8) {
  if (width(text) <= columns) return std::string(text);
  std::string_view mark = utf8 ? "…" : "...";
  if (columns < width(mark)) return std::string(columns, '.');
  std::string out;
  unsigned used = 0;
  while (!text.empty()) {
    auto [point, bytes] = decode(text);
    unsigned taken = std::max(bytes, 1u), wide = bytes ? columns_of(point) : 1;
    if (used + wide + width(mark) > columns) break;
    out += text.substr(0, taken);
    used += wide;
    text.remove_prefix(taken);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out.append(mark);
}

std::string left(std::string_view text, unsigned columns) {
  unsigned used = width(text);
  return std::string(text) + std::string(columns > used ? columns - used : 0, ' ');
}

std::string right(std::string_view text, unsigned columns) {
  unsigned used = width(text);
  return std::string(columns > used ? columns - used : 0, ' ') + std::string(text);
}

std::vector<std::string> wrap(std::string_view text, unsigned columns) {
  std::vector<std::string> lines;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (!lines.empty() && width(lines.back()) + 1 + width(word) <= columns)
      lines.back() += ' ' + word;
    else
      lines.push_back(word);
  }
  return lines;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

std::string count(std::size_t number, std::string_view noun) {
  return std::to_string(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

std::string human(std::chrono::microseconds time, bool utf8) {
  auto us = time.count();
  if (us < 1000) return std::to_string(us) + (utf8 ? " µs" : " us");
  double value = us < 1'000'000 ? us / 1e3 : us / 1e6;
  int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  // 999.6 ms would be rounded to "1000 ms".
  if (us < 1'000'000 && us >= 999'500) value = 1, decimals = 2, us = 1'000'000;
  char text[64];
  std::snprintf(text, sizeof text, "%.*f %s", decimals, value, us < 1'000'000 ? "ms" : "s");
  return text;
}

}  // namespace escapement::text
