// The seccomp(2) filter, compiled before the clone and loaded by the last call but one.

#include "builder.h"
#include "seccomp_filter.h"

#include <linux/seccomp.h>

namespace isolator {
namespace {

// What SECCOMP_MODE_STRICT allows. That mode itself cannot be used: it would end the process at the exec that
// starts the payload.
Seccomp strict_filter() {
  using Kind = Seccomp::Action::Kind;
  Seccomp out;
  out.otherwise = {Kind::kill_process};
  for (const char* syscall : {"read", "write", "exit", "exit_group", "rt_sigreturn"})
    out.rules.push_back({syscall, {Kind::allow}, {}});
  return out;
}

Filter compile_filter(const Seccomp& wanted, const ExecArguments& exec) {
  if (wanted.strict) return compile_filter(strict_filter(), exec);
  std::optional<Filter> list = compile_list(wanted, exec);
  return list ? *std::move(list) : compile_rules(wanted, exec);
}

}  // namespace

void load_filter(Builder& b, const Arg& argv, const Arg& environment) {
  if (!b.spec().seccomp) return;
  const Filter program = compile_filter(*b.spec().seccomp, {argv.value, environment.value});
  const std::string shown = std::to_string(program.size()) + " instructions";
  const Arg instructions = b.keep(program.data(), program.size() * sizeof(sock_filter), shown);
  sock_fprog fprog{};
  fprog.len = static_cast<unsigned short>(program.size());
  fprog.filter = reinterpret_cast<sock_filter*>(instructions.value);
  b.at(Step::seccomp, "filter");
  CALL(b, seccomp, FLAGS(SECCOMP_SET_MODE_FILTER), 0, b.keep(fprog, "{" + shown + "}"));
}

}  // namespace isolator
