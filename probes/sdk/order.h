#pragma once

#include <climits>
#include <optional>
#include <string_view>

namespace probe {

/// What the harness tells a probe to attack: KEY=VALUE pairs, parted by spaces; docs/probe-protocol.md lists
/// them by witness. A key that is missing or a number out of bounds ends the probe: undecided, with that as
/// its reason.
class Order {
 public:
  /// Cuts `pairs` into pieces where it stands, so that every value ends with a NUL; `pairs` must outlive the
  /// order.
  explicit Order(char* pairs);

  /// A value; a C string of any length.
  const char* text(std::string_view key) const;
  /// A decimal number within these bounds: 0 and LONG_MAX unless told otherwise.
  long number(std::string_view key, long least = 0, long most = LONG_MAX) const;

  /// Does it say that the process shares this namespace with the host, "mount", "pid", ..., the "session" or
  /// the "group"?
  bool shares(std::string_view name) const;

  const char* find(std::string_view key) const;  ///< null if it is not there

 private:
  const char* first_;
  const char* last_;
};

/// The whole text as a decimal number from 0 to 2^63 - 1; nothing else is one.
std::optional<long> to_number(std::string_view text);

}  // namespace probe
