#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace isolator::cgroup {

/// Throws Error{Step::cgroup} for `object`; without a hint of its own, with what the errno alone tells.
[[noreturn]] void fail(const std::string& object, int err, const std::string& hint = "");

/// Reads a file of /proc or of a cgroup. Throws Error{Step::cgroup}.
std::string read_file(const std::string& path);

/// The same; nothing where this kernel, or this hierarchy, has no such file (ENOENT).
std::optional<std::string> read_if_there(const std::string& path);

/// Writes `text` by one write(2), as the kernel wants it. Throws Error{Step::cgroup}, with `hint` where the
/// kernel refuses it.
void write_file(const std::string& path, const std::string& text, const std::string& hint = "");

/// Writes `text`, and reads back: the file must then hold `kept`. Throws Error{Step::cgroup}, ERANGE where it
/// does not.
void set(const std::string& path, const std::string& text, const std::string& kept);

/// Writes `text` into a file of many lines, of which `line` must then be one; `hint` where it may not be
/// written. Throws Error{Step::cgroup}.
void set_line(const std::string& path, const std::string& text, const std::string& line,
              const std::string& hint = "");

/// The same; false, and nothing written, where this kernel has no such file (ENOENT).
bool set_if_there(const std::string& path, const std::string& text, const std::string& kept);

/// Is `word` one of the words of `list`?
bool contains(std::string_view list, std::string_view word, char separator);

/// Takes the part of `rest` before the next `separator`, and that separator, off it.
std::string_view next(std::string_view& rest, char separator);

}  // namespace isolator::cgroup
