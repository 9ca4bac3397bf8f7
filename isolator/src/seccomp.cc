// The seccomp(2) filter, compiled by libseccomp before the clone and loaded by the last call but one.

#include "builder.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdio>

namespace isolator {
namespace {

using Action = Seccomp::Action;

struct ReleaseContext {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

std::uint32_t code(const Action& action) {
  switch (action.kind) {
    case Action::Kind::allow:
      return SCMP_ACT_ALLOW;
    case Action::Kind::fail:
      return SCMP_ACT_ERRNO(std::uint32_t(action.err));
    case Action::Kind::kill_process:
      return SCMP_ACT_KILL_PROCESS;
    case Action::Kind::log:
      return SCMP_ACT_LOG;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_arg_cmp compare(const Seccomp::Comparison& c) {
  using Op = Seccomp::Comparison::Op;
  switch (c.op) {
    case Op::eq:
      return {c.arg, SCMP_CMP_EQ, c.value, 0};
    case Op::ne:
      return {c.arg, SCMP_CMP_NE, c.value, 0};
    case Op::lt:
      return {c.arg, SCMP_CMP_LT, c.value, 0};
    case Op::le:
      return {c.arg, SCMP_CMP_LE, c.value, 0};
    case Op::gt:
      return {c.arg, SCMP_CMP_GT, c.value, 0};
    case Op::ge:
      return {c.arg, SCMP_CMP_GE, c.value, 0};
    case Op::masked_eq:
      return {c.arg, SCMP_CMP_MASKED_EQ, c.mask, c.value};
  }
  return {};
}

void must(int result, const std::string& object) {
  if (result < 0) throw Error(Step::seccomp, object, -result);
}

void add(void* context, const Action& otherwise, const Action& action, const std::string& syscall,
         const std::vector<scmp_arg_cmp>& when) {
  const int number = seccomp_syscall_resolve_name(syscall.c_str());
  if (number == __NR_SCMP_ERROR) throw Error(Step::seccomp, "unknown system call " + syscall, EINVAL);
  if (number < 0 || action == otherwise) return;  // of another architecture; or what happens anyway
  must(seccomp_rule_add_array(context, code(action), number, unsigned(when.size()), when.data()), syscall);
}

// What SECCOMP_MODE_STRICT allows. That mode itself cannot be used: it would end the process at the exec that
// starts the payload.
Seccomp strict_filter() {
  Seccomp out;
  out.otherwise = {Action::Kind::kill_process};
  for (const char* syscall : {"read", "write", "exit", "exit_group", "rt_sigreturn"})
    out.rules.push_back({syscall, {Action::Kind::allow}, {}});
  return out;
}

std::vector<sock_filter> compile_filter(const Seccomp& wanted, const Arg& argv, const Arg& environment) {
  const Seccomp filter = wanted.strict ? strict_filter() : wanted;
  const Context context(seccomp_init(code(filter.otherwise)));
  if (!context) throw Error(Step::seccomp, "filter", ENOMEM);
  must(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS),
       "foreign architectures");
  must(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary tree");
  for (const Seccomp::Rule& rule : filter.rules) {
    std::vector<scmp_arg_cmp> when;
    for (const Seccomp::Comparison& c : rule.when) when.push_back(compare(c));
    add(context.get(), filter.otherwise, rule.action, rule.syscall, when);
  }
  // The exec that starts the payload, known by the addresses of its argv and environment. A rule that allows
  // or refuses exec without looking at arguments is for the payload to meet; libseccomp lets the narrower of
  // two rules win only where both look at arguments, so the call is let through here only where nothing else
  // names it.
  const auto named = [&](const char* syscall) {
    for (const Seccomp::Rule& rule : filter.rules)
      if (rule.syscall == syscall) return true;
    return false;
  };
  const Action allow{Action::Kind::allow};
  const auto eq = [](unsigned arg, const Arg& a) {
    return scmp_arg_cmp{arg, SCMP_CMP_EQ, scmp_datum_t(a.value), 0};
  };
  if (!named("execve"))
    add(context.get(), filter.otherwise, allow, "execve", {eq(1, argv), eq(2, environment)});
  if (!named("execveat"))
    add(context.get(), filter.otherwise, allow, "execveat", {eq(2, argv), eq(3, environment)});

  const Fd file(memfd_create("filter", MFD_CLOEXEC));
  if (!file) throw Error(Step::seccomp, "memfd_create", errno);
  must(seccomp_export_bpf(context.get(), file.get()), "export");
  struct stat info {};
  if (fstat(file.get(), &info) != 0) throw Error(Step::seccomp, "export", errno);
  std::vector<sock_filter> program(std::size_t(info.st_size) / sizeof(sock_filter));
  if (pread(file.get(), program.data(), std::size_t(info.st_size), 0) != info.st_size)
    throw Error(Step::seccomp, "export", errno);
  return program;
}

}  // namespace

void load_filter(Builder& b, const Arg& argv, const Arg& environment) {
  if (!b.spec().seccomp) return;
  const std::vector<sock_filter> program = compile_filter(*b.spec().seccomp, argv, environment);
  const std::string shown = std::to_string(program.size()) + " instructions";
  const Arg instructions = b.keep(program.data(), program.size() * sizeof(sock_filter), shown);
  sock_fprog fprog{};
  fprog.len = static_cast<unsigned short>(program.size());
  fprog.filter = reinterpret_cast<sock_filter*>(instructions.value);
  b.at(Step::seccomp, "filter");
  CALL(b, seccomp, FLAGS(SECCOMP_SET_MODE_FILTER), 0, b.keep(fprog, "{" + shown + "}"));
}

}  // namespace isolator
