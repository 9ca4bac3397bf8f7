#include "seccomp_filter.h"

#include <isolator/fd.h>

#include <isolator/error.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace isolator {
namespace {

struct ReleaseContext {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ReleaseContext>;

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

void add(void* context, const Seccomp::Action& otherwise, const Seccomp::Action& action,
         const std::string& syscall, const std::vector<scmp_arg_cmp>& when) {
  const int number = syscall_number(syscall);
  if (number < 0 || action == otherwise) return;  // of another architecture; or what happens anyway
  must(seccomp_rule_add_array(context, return_value(action), number, unsigned(when.size()), when.data()),
       syscall);
}

Filter export_program(void* context) {
  const Fd file(memfd_create("filter", MFD_CLOEXEC));
  if (!file) throw Error(Step::seccomp, "memfd_create", errno);
  must(seccomp_export_bpf(context, file.get()), "export");
  struct stat info {};
  if (fstat(file.get(), &info) != 0) throw Error(Step::seccomp, "export", errno);
  Filter program(std::size_t(info.st_size) / sizeof(sock_filter));
  if (pread(file.get(), program.data(), std::size_t(info.st_size), 0) != info.st_size)
    throw Error(Step::seccomp, "export", errno);
  return program;
}

}  // namespace

int syscall_number(const std::string& name) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) throw Error(Step::seccomp, "unknown system call " + name, EINVAL);
  return number;
}

std::uint32_t return_value(const Seccomp::Action& action) {
  using Kind = Seccomp::Action::Kind;
  switch (action.kind) {
    case Kind::allow:
      return SECCOMP_RET_ALLOW;
    case Kind::fail:
      return SECCOMP_RET_ERRNO | (std::uint32_t(action.err) & SECCOMP_RET_DATA);
    case Kind::kill_process:
      return SECCOMP_RET_KILL_PROCESS;
    case Kind::log:
      return SECCOMP_RET_LOG;
    case Kind::notify:
      return SECCOMP_RET_USER_NOTIF;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

Filter compile_rules(const Seccomp& wanted, const ExecArguments& exec) {
  const Context context(seccomp_init(return_value(wanted.otherwise)));
  if (!context) throw Error(Step::seccomp, "filter", ENOMEM);
  must(seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, return_value(wanted.other_architectures)),
       "foreign architectures");
  must(seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2), "binary tree");
  for (const Seccomp::Rule& rule : wanted.rules) {
    std::vector<scmp_arg_cmp> when;
    for (const Seccomp::Comparison& c : rule.when) when.push_back(compare(c));
    add(context.get(), wanted.otherwise, rule.action, rule.syscall, when);
  }
  // A rule that allows or refuses exec without looking at arguments is for the payload to meet; libseccomp
  // lets the narrower of two rules win only where both look at arguments, so the exec that starts the payload
  // is let through here only where nothing else names the call.
  const auto let_through = [&](const char* syscall, unsigned first) {
    const auto names = [&](const Seccomp::Rule& rule) { return rule.syscall == syscall; };
    if (std::any_of(wanted.rules.begin(), wanted.rules.end(), names)) return;
    add(context.get(), wanted.otherwise, {Seccomp::Action::Kind::allow}, syscall,
        {{first, SCMP_CMP_EQ, scmp_datum_t(exec.argv), 0},
         {first + 1, SCMP_CMP_EQ, scmp_datum_t(exec.environment), 0}});
  };
  let_through("execve", 1);
  let_through("execveat", 2);
  return export_program(context.get());
}

}  // namespace isolator
