#pragma once

#include <functional>
#include <string>

namespace escapement {

/// Looks up an environment variable: std::getenv, or a stand-in for it; null where the variable is not set.
using Environment = std::function<const char*(const char*)>;

/// How text for a person is drawn.
struct Style {
  bool colour = false;
  bool cursor = false;    ///< a line can be drawn over
  bool utf8 = true;       ///< false: ASCII only
  bool terminal = false;  ///< long lines are cut to `width`; text for a file or a pipe is never cut
  unsigned width = 100;   ///< columns

  /// What suits the file descriptor `fd`. Colour: only on a terminal, with TERM set and not "dumb", and
  /// NO_COLOR unset or empty (https://no-color.org). Width: TIOCGWINSZ, else COLUMNS, else 100. UTF-8: where
  /// the first of LC_ALL, LC_CTYPE and LANG that is not empty says so; locale(7).
  static Style detect(int fd, const Environment& env);
};

enum class Tone { plain, strong, dim, good, warn, bad, unknown, broken };

/// `text` in that tone where `style` has colour, else `text`.
std::string paint(const Style& style, Tone tone, const std::string& text);

}  // namespace escapement
