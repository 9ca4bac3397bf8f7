#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isolator {

// Each returns nothing where the text is not wholly what it should be, or does not fit: never a part, never a
// clamp.

/// "64MiB" -> bytes. Units: B, KiB, MiB, GiB, TiB. A unit is required, and K, M, G are not units: they mean
/// 1000 to some and 1024 to others.
std::optional<std::uint64_t> parse_size(std::string_view);

/// "500ms", "10s", "2m", "1h".
std::optional<std::chrono::milliseconds> parse_duration(std::string_view);

/// "1777" -> 01777; at most 07777, the mode bits of chmod(2).
std::optional<unsigned> parse_octal(std::string_view);

/// "10" or "0xff". A leading zero is refused: 010 is eight to some and ten to others.
std::optional<std::uint64_t> parse_unsigned(std::string_view);

/// "0-2,5", the list format of cpuset(7) -> {0, 1, 2, 5}, sorted; numbers up to `most`.
std::optional<std::vector<unsigned>> parse_list(std::string_view, unsigned most);

/// The same backwards, as the kernel writes it.
std::string list_text(std::vector<unsigned> numbers);

}  // namespace isolator
