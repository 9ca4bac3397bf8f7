#include "style.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace escapement {
namespace {

std::string_view get(const Environment& env, const char* variable) {
  const char* value = env(variable);
  return value ? value : "";
}

unsigned columns(int fd, const Environment& env) {
  winsize size{};
  // A serial line or a pty that nobody has sized answers with 0 columns: that is no width.
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::string_view text = get(env, "COLUMNS");
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : 100;
}

bool is_utf8(const Environment& env) {
  std::string codeset;
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    codeset = get(env, variable);
    if (!codeset.empty()) break;
  }
  std::transform(codeset.begin(), codeset.end(), codeset.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return codeset.find("utf-8") != std::string::npos || codeset.find("utf8") != std::string::npos;
}

}  // namespace

Style Style::detect(int fd, const Environment& env) {
  std::string_view term = get(env, "TERM");
  Style style;
  style.terminal = isatty(fd) == 1;
  style.cursor = style.terminal && !term.empty() && term != "dumb";
  style.colour = style.cursor && get(env, "NO_COLOR").empty();
  style.utf8 = is_utf8(env);
  style.width = columns(fd, env);
  return style;
}

std::string paint(const Style& style, Tone tone, const std::string& text) {
  if (!style.colour || text.empty()) return text;
  const char* code = "";
  switch (tone) {
    case Tone::plain:
      return text;
    case Tone::strong:
      code = "1";
      break;
    case Tone::dim:
      code = "2";
      break;
    case Tone::good:
      code = "32";
      break;
    case Tone::warn:
      code = "33";
      break;
    case Tone::bad:
      code = "1;31";
      break;
    case Tone::unknown:
      code = "36";
      break;
    case Tone::broken:
      code = "1;35";
      break;
  }
  return "\033[" + std::string(code) + "m" + text + "\033[0m";
}

}  // namespace escapement
