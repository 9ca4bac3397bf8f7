#include "units.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace isolator {
namespace {

std::optional<std::uint64_t> digits(std::string_view text, int base) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

/// A decimal number, directly followed by one of `units`; at most `limit` after the multiplication.
template <std::size_t n>
std::optional<std::uint64_t> with_unit(std::string_view text, const Unit (&units)[n], std::uint64_t limit) {
  const std::size_t split = text.find_first_not_of("0123456789");
  if (split == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint64_t> number = digits(text.substr(0, split), 10);
  if (!number) return std::nullopt;
  for (const Unit& unit : units)
    if (unit.name == text.substr(split))
      return *number > limit / unit.factor ? std::nullopt : std::optional(*number * unit.factor);
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr Unit units[] = {
      {"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}};
  return with_unit(text, units, std::numeric_limits<std::uint64_t>::max());
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr Unit units[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  // Room for a deadline: now plus this must not overflow when it is counted in nanoseconds.
  const std::optional<std::uint64_t> ms =
      with_unit(text, units, std::numeric_limits<std::int64_t>::max() / 2'000'000);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(*ms);
}

std::optional<unsigned> parse_octal(std::string_view text) {
  const std::optional<std::uint64_t> value = digits(text, 8);
  if (!value || *value > 07777) return std::nullopt;
  return unsigned(*value);
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  if (text.starts_with("0x")) return digits(text.substr(2), 16);
  if (text.size() > 1 && text.starts_with('0')) return std::nullopt;
  return digits(text, 10);
}

std::optional<std::vector<unsigned>> parse_list(std::string_view text, unsigned most) {
  std::vector<unsigned> out;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view range = text.substr(0, comma);
    more = comma != std::string_view::npos;
    text.remove_prefix(more ? comma + 1 : text.size());
    const std::size_t dash = range.find('-');
    const std::optional<std::uint64_t> first = digits(range.substr(0, dash), 10);
    const std::optional<std::uint64_t> last =
        dash == std::string_view::npos ? first : digits(range.substr(dash + 1), 10);
    if (!first || !last || *first > *last || *last > most) return std::nullopt;
    for (std::uint64_t number = *first; number <= *last; ++number) out.push_back(unsigned(number));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::string list_text(std::vector<unsigned> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::string out;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    out += (out.empty() ? "" : ",") + std::to_string(numbers[i]);
    if (last > i) out += "-" + std::to_string(numbers[last]);
    i = last + 1;
  }
  return out;
}

}  // namespace isolator
