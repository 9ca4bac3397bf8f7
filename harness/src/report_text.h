#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace escapement::text {

/// `raw` as one line that can be printed anywhere. Tabs and line ends become spaces. Control characters, the
/// marks that change the direction of writing and bytes that are not UTF-8 become `\xNN`: the reasons quote
/// what a sandboxed process saw, and must neither drive the terminal of the reader nor make a file that a
/// parser refuses. Without `utf8`, all that is not ASCII becomes `?`.
std::string clean(std::string_view raw, bool utf8 = true);

/// Columns that `text`, valid UTF-8, takes on a terminal; wcwidth(3).
unsigned width(std::string_view text);

/// The beginning of `text`, in at most `columns` columns; the last of them say that something was cut.
std::string cut(std::string_view text, unsigned columns, bool utf8 = true);

std::string left(std::string_view text, unsigned columns);   ///< padded on the right
std::string right(std::string_view text, unsigned columns);  ///< padded on the left

/// The words of `text` in lines of at most `columns` columns; a word that is longer stands alone.
std::vector<std::string> wrap(std::string_view text, unsigned columns);

/// `text` with `by` wherever `what` was.
std::string replaced(std::string text, std::string_view what, std::string_view by);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// "1 cell", "2 cells"
std::string count(std::size_t number, std::string_view noun);

/// Three figures and a unit: "412 µs", "1.21 ms", "2.91 s".
std::string human(std::chrono::microseconds, bool utf8 = true);

}  // namespace escapement::text
