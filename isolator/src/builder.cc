#include "builder.h"

#include <cstdio>

namespace isolator {
namespace {

// As strace(1) prints a string, so that a call is one line whatever is in its arguments.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    char octal[8];
    std::snprintf(octal, sizeof octal, "\\%03o", unsigned(c) & 0xff);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += octal;
    else
      out += c;
  }
  return out + "\"";
}

}  // namespace

std::string in_hexadecimal(std::uint64_t value) {
  char text[24];
  std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(value));
  return text;
}

std::string in_octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", unsigned(mode));
  return text;
}

Builder::Builder(Plan::Store& store) : store_(store) {
  store_.registers = {"scratch", "temporary"};
  store_.registers.resize(store_.registers.size() + std::size(doors), "cgroup");
  constexpr std::size_t enough_for_most = 192;
  store_.ops.reserve(enough_for_most);
  store_.texts.reserve(enough_for_most);
}

Builder& Builder::at(Step step, std::string object) {
  step_ = step;
  object_ = std::move(object);
  return *this;
}

Op& Builder::call(const char* name, long nr, std::initializer_list<Arg> args) {
  Op op{.step = step_, .text = std::uint32_t(store_.texts.size()), .nr = nr};
  std::string text = std::string(name) + "(";
  std::size_t i = 0;
  for (const Arg& arg : args) {
    if (i > 0) text += ", ";
    if (arg.is_register) {
      op.registers |= std::uint8_t(1U << i);
      text += arg.text.empty() ? "$" + store_.registers[std::size_t(arg.value)] : arg.text;
    } else {
      text += arg.is_string ? quoted(arg.text) : arg.text;
    }
    op.arg[i++] = arg.is_string ? long(keep(arg.text)) : arg.value;
  }
  store_.texts.push_back({text + ")", object_});
  store_.ops.push_back(op);
  return store_.ops.back();
}

Reg Builder::into(const char* register_name, Op& op) {
  const int number = int(store_.registers.size());
  store_.registers.emplace_back(register_name);
  op.into = std::int16_t(number);
  store_.texts[op.text].call = "$" + std::string(register_name) + " = " + store_.texts[op.text].call;
  return {number};
}

Op& Builder::add(Op::Kind kind, std::string text) {
  store_.ops.push_back({.kind = kind, .step = step_, .text = std::uint32_t(store_.texts.size())});
  store_.texts.push_back({std::move(text), object_});
  return store_.ops.back();
}

Op& Builder::jump() { return add(Op::Kind::jump, ""); }
std::uint32_t Builder::await(std::string what) {
  add(Op::Kind::await, "-- " + std::move(what)).arg[0] = ++store_.waits;
  return store_.waits;
}
Arg Builder::name(Reg descriptor) {
  add(Op::Kind::name, "").arg[0] = descriptor.number;
  return {scratch, "\"/proc/self/fd/$" + store_.registers[std::size_t(descriptor.number)] + "\""};
}
void Builder::check_parent() { add(Op::Kind::check_parent, "-- the parent is still there"); }
void Builder::hold() { add(Op::Kind::hold, "").arg[0] = ++store_.waits; }
void Builder::reset_signals() { add(Op::Kind::reset, "rt_sigaction(each, SIG_DFL)"); }

void Builder::skip_to_here(std::size_t from) {
  store_.ops[from].skip = std::uint8_t(store_.ops.size() - from - 1);
}

Arg Builder::keep(const void* data, std::size_t size, std::string shown) {
  store_.structures.push_back(std::make_unique<std::byte[]>(size));
  if (size > 0) std::memcpy(store_.structures.back().get(), data, size);  // an empty vector has no data
  return {long(store_.structures.back().get()), std::move(shown)};
}

const char* Builder::keep(const std::string& text) { return store_.strings.emplace_back(text).c_str(); }

}  // namespace isolator
