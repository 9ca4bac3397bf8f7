#include "order.h"

#include <cstring>

#include "probe.h"

namespace probe {

Order::Order(char* pairs) : first_(pairs) {
  for (; *pairs != '\0'; ++pairs)
    if (*pairs == ' ') *pairs = '\0';
  last_ = pairs;
}

const char* Order::find(std::string_view key) const {
  for (const char* at = first_; at < last_; at += std::strlen(at) + 1)
    if (std::string_view(at).starts_with(key) && at[key.size()] == '=') return at + key.size() + 1;
  return nullptr;
}

bool Order::shares(std::string_view name) const {
  std::string_view list = text("shared");
  while (!list.empty()) {
    std::size_t end = list.find(',');
    if (std::string_view(list.data(), end < list.size() ? end : list.size()) == name) return true;
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
  }
  return false;
}

std::optional<long> to_number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  long number = 0;
  for (char digit : text) {
    if (digit < '0' || digit > '9') return std::nullopt;
    if (__builtin_mul_overflow(number, 10L, &number) ||
        __builtin_add_overflow(number, long{digit - '0'}, &number))
      return std::nullopt;
  }
  return number;
}

const char* Order::text(std::string_view key) const {
  const char* value = find(key);
  if (value == nullptr) stop(Text("the order does not say ", key, "="));
  return value;
}

long Order::number(std::string_view key, long least, long most) const {
  const char* value = text(key);
  std::optional<long> number = to_number(value);
  if (!number) stop(Text("the order's ", key, "=", value, " is not a number"));
  if (*number < least || *number > most)
    stop(Text("the order's ", key, "=", value, " is not between ", least, " and ", most));
  return *number;
}

}  // namespace probe
