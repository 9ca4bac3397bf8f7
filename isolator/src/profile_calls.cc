// The words of [seccomp]: names of system calls, actions, comparisons of arguments.

#include "profile_keys.h"
#include "profile_values.h"
#include "syscall_groups.h"
#include "units.h"

#include <seccomp.h>

#include <cstdlib>
#include <cstring>
#include <regex>

namespace isolator {
namespace {

/// The names that this architecture has, and the groups: what someone who slipped may have meant.
std::vector<std::string> known_names() {
  std::vector<std::string> names;
  for (int number = 0; number < 1024; ++number)
    if (char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number)) {
      names.emplace_back(name);
      std::free(name);
    }
  for (const SyscallGroup& group : syscall_groups()) names.emplace_back(group.name);
  return names;
}

int errno_of(std::string_view name) {
  for (int number = 1; number < 134; ++number)
    if (const char* known = strerrorname_np(number); known != nullptr && name == known) return number;
  return 0;
}

}  // namespace

void check_syscall(const Node& node, std::string_view key, const std::string& name) {
  if (seccomp_syscall_resolve_name(name.c_str()) != __NR_SCMP_ERROR) return;
  // A group may name a call that came after this libseccomp: leaving it out would leave it unfiltered.
  if (text(node) != name)
    fail(node.place, key, in_quotes(text(node)) + " holds " + name + "; expected a libseccomp that knows it");
  fail(node.place, key,
       (name.starts_with('@') ? "unknown group " : "unknown system call ") + in_quotes(name) +
           suggestion(name, known_names(), "a name that libseccomp knows, or a @group"));
}

Seccomp::Action action(const Node& node, std::string_view key) {
  using Kind = Seccomp::Action::Kind;
  const std::string& word = text(node);
  if (word == "allow") return {Kind::allow};
  if (word == "log") return {Kind::log};
  if (word == "kill") return {Kind::kill_process};
  if (word == "notify") return {Kind::notify};
  const int err = errno_of(word);
  if (err == 0)
    fail(node.place, key,
         "unknown action " + in_quotes(word) +
             "; expected allow, log, kill, notify or an errno name such as EPERM");
  return {Kind::fail, err};
}

Seccomp::Comparison comparison(const Node& node, std::string_view key) {
  using Op = Seccomp::Comparison::Op;
  static const std::regex form(R"(\s*arg([0-5])\s*(?:&\s*(\w+)\s*)?(==|!=|<=|>=|<|>)\s*(\w+)\s*)");
  constexpr std::pair<std::string_view, Op> operators[] = {{"==", Op::eq}, {"!=", Op::ne}, {"<", Op::lt},
                                                           {"<=", Op::le}, {">", Op::gt},  {">=", Op::ge}};
  const auto refuse = [&](const std::string& what) { fail(node.place, key, in_quotes(text(node)) + what); };

  std::smatch part;
  if (!std::regex_match(text(node), part, form))
    refuse("; expected \"arg0 == 16\" (arg0 to arg5; ==, !=, <, <=, >, >=) or \"arg0 & 0xff == 2\"");
  Seccomp::Comparison out{unsigned(part.str(1)[0] - '0'), Op::eq, 0};
  for (const auto& [sign, op] : operators)
    if (part.str(3) == sign) out.op = op;

  const bool masked = part[2].matched;
  const std::optional<std::uint64_t> value = parse_unsigned(part.str(4)), mask = parse_unsigned(part.str(2));
  if (!value || (masked && !mask))
    refuse("; expected numbers such as 16 or 0x10, from 0 to 18446744073709551615");
  out.value = *value;
  if (!masked) return out;
  if (out.op != Op::eq) refuse("; expected == after a mask");
  if ((*value & ~*mask) != 0) refuse(" never holds; expected a value within the mask");
  out.op = Op::masked_eq;
  out.mask = *mask;
  return out;
}

}  // namespace isolator
