// The seccomp(2) filter, compiled before the clone and loaded by the last call but one.

#include "builder.h"
#include "capabilities.h"
#include "seccomp_filter.h"
#include "seccomp_modes.h"

#include <linux/seccomp.h>

namespace isolator {
namespace {

Seccomp rules_of(const Spec& spec) {
  using Mode = Seccomp::Mode;
  Seccomp out = *spec.seccomp;
  if (out.mode == Mode::strict) return strict_filter();
  if (out.mode == Mode::engine)
    out = engine_filter(spec.capabilities ? kept_capabilities(spec) : ~std::uint64_t(0));
  refuse_clone3_beside_flags(out);
  return out;
}

}  // namespace

Filter compile_filter(const Spec& spec, const ExecArguments& exec) {
  const Seccomp wanted = rules_of(spec);
  std::optional<Filter> list = compile_list(wanted, exec);
  return list ? *std::move(list) : compile_rules(wanted, exec);
}

void load_filter(Builder& b, const Arg& argv, const Arg& environment) {
  if (!b.spec().seccomp) return;
  const Filter program = compile_filter(b.spec(), {argv.value, environment.value});
  const std::string shown = std::to_string(program.size()) + " instructions";
  const Arg instructions = b.keep(program.data(), program.size() * sizeof(sock_filter), shown);
  sock_fprog fprog{};
  fprog.len = static_cast<unsigned short>(program.size());
  fprog.filter = reinterpret_cast<sock_filter*>(instructions.value);
  b.at(Step::seccomp, "filter");
  CALL(b, seccomp, FLAGS(SECCOMP_SET_MODE_FILTER), 0, b.keep(fprog, "{" + shown + "}"));
}

}  // namespace isolator
