#include "output.h"

#include <errno.h>

#include "text.h"

namespace probe {
namespace {

bool continues(std::string_view text, std::size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

/// How many bytes the UTF-8 character at the beginning of `text` has; 0 if there is none. RFC 3629: no
/// overlong form, no surrogate, nothing above U+10FFFF.
std::size_t utf8_length(std::string_view text) {
  unsigned char first = static_cast<unsigned char>(text[0]);
  unsigned char second = text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(text, 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    return continues(text, 1) && continues(text, 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return continues(text, 1) && continues(text, 2) && continues(text, 3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

Output& Output::raw(std::string_view bytes) {
  for (char byte : bytes) {
    if (size_ == sizeof bytes_) flush();
    bytes_[size_++] = byte;
  }
  return *this;
}

Output& Output::quoted(std::string_view text) {
  raw("\"");
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    unsigned char byte = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      raw("\\ufffd");
      length = 1;
    } else if (byte == '"' || byte == '\\') {
      raw("\\").raw({text.data(), 1});
    } else if (byte == '\n') {
      raw("\\n");
    } else if (byte < 0x20 || byte == 0x7F) {
      raw(Text("\\u00", Hex{byte}));
    } else {
      raw({text.data(), length});
    }
    text.remove_prefix(length);
  }
  return raw("\"");
}

Output& Output::number(long value) { return raw(Text(value)); }

Result Output::flush() {
  for (std::size_t written = 0; written < size_ && failed_;) {
    Result result = sys(SYS_write, fd_, bytes_ + written, size_ - written);
    if (result)
      written += static_cast<std::size_t>(result.value);
    else if (result.error != EINTR)
      failed_ = result;
  }
  size_ = 0;
  return failed_;
}

}  // namespace probe
