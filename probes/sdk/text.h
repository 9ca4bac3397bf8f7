#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace probe {

/// Text between double quotes in a Text: a path as strace would print it.
struct Quoted {
  std::string_view text;
};
inline Quoted quoted(std::string_view text) { return {text}; }

/// A byte as two hexadecimal digits in a Text.
struct Hex {
  unsigned char byte;
};

/// Text put together from strings and numbers: Text("kill(", pid, ", SIGURG)"). It holds 511 bytes, in
/// itself; what does not fit is cut.
class Text {
 public:
  Text() = default;
  template <typename... Parts>
  explicit Text(const Parts&... parts) {
    (add(parts), ...);
  }

  Text& add(std::string_view part) {
    std::size_t room = sizeof bytes_ - 1 - size_;
    std::size_t length = part.size() < room ? part.size() : room;
    if (length > 0) std::memcpy(bytes_ + size_, part.data(), length);
    size_ += length;
    bytes_[size_] = '\0';
    return *this;
  }

  Text& add(Quoted part) { return add("\"").add(part.text).add("\""); }

  Text& add(Hex part) {
    const char* digits = "0123456789abcdef";
    const char both[] = {digits[part.byte >> 4], digits[part.byte & 15]};
    return add(std::string_view(both, 2));
  }

  template <typename Integer, typename = std::enable_if_t<std::is_integral_v<Integer>>>
  Text& add(Integer part) {
    char digits[24];
    char* start = digits + sizeof digits;
    // Negated as unsigned, so that the smallest number of its type is no special case.
    bool negative = part < 0;
    unsigned long rest = static_cast<unsigned long>(part);
    if (negative) rest = 0 - rest;
    do *--start = static_cast<char>('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (negative) *--start = '-';
    return add(std::string_view(start, static_cast<std::size_t>(digits + sizeof digits - start)));
  }

  operator std::string_view() const { return {bytes_, size_}; }
  std::string_view view() const { return {bytes_, size_}; }
  const char* c_str() const { return bytes_; }
  bool empty() const { return size_ == 0; }

 private:
  std::size_t size_ = 0;
  char bytes_[512] = "";
};

}  // namespace probe
