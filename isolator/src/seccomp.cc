// The seccomp(2) filters, compiled before the clone and loaded by the last calls but one.

#include "builder.h"
#include "capabilities.h"
#include "seccomp_filter.h"
#include "seccomp_modes.h"
#include "seccomp_notify.h"

#include <isolator/seccomp.h>

#include <fcntl.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace isolator {
namespace {

using Kind = Seccomp::Action::Kind;

// Of the interpreter itself (child.cc): to wait for the parent, and for the time of each step.
constexpr const char* own_calls[] = {"futex", "clock_gettime"};

Seccomp rules_of(const Spec& spec) {
  using Mode = Seccomp::Mode;
  Seccomp out = *spec.seccomp;
  if (out.mode == Mode::strict) return strict_filter();
  if (out.mode == Mode::engine)
    out = engine_filter(spec.capabilities ? kept_capabilities(spec) : ~std::uint64_t(0));
  refuse_clone3_beside_flags(out);
  return out;
}

/// Rules that refuse some of what another rule about the same call lets through.
std::vector<Seccomp::Rule> take_exceptions(Seccomp& filter) {
  std::set<std::string> decided;
  for (const Seccomp::Rule& rule : filter.rules)
    if (rule.when.empty()) decided.insert(rule.syscall);
  const auto first = std::stable_partition(
      filter.rules.begin(), filter.rules.end(),
      [&](const Seccomp::Rule& rule) { return !(is_exception(rule) && decided.contains(rule.syscall)); });
  std::vector<Seccomp::Rule> out(first, filter.rules.end());
  filter.rules.erase(first, filter.rules.end());
  return out;
}

Filter compile_any(const Seccomp& wanted, const ExecArguments& exec) {
  std::optional<Filter> list = compile_list(wanted, exec);
  return list ? *std::move(list) : compile_rules(wanted, exec);
}

Op& load(Builder& b, const Filter& program, const Arg& flags) {
  const std::string shown = std::to_string(program.size()) + " instructions";
  const Arg instructions = b.keep(program.data(), program.size() * sizeof(sock_filter), shown);
  sock_fprog fprog{};
  fprog.len = static_cast<unsigned short>(program.size());
  fprog.filter = reinterpret_cast<sock_filter*>(instructions.value);
  return CALL(b, seccomp, FLAGS(SECCOMP_SET_MODE_FILTER), flags, b.keep(fprog, "{" + shown + "}"));
}

}  // namespace

Filter compile_filter(const Spec& spec, const ExecArguments& exec) {
  Seccomp wanted = rules_of(spec);
  take_exceptions(wanted);
  for (Seccomp::Rule& rule : wanted.rules)
    if (rule.action.kind == Kind::notify) rule.action = {Kind::allow};  // by this filter
  return compile_any(wanted, exec);
}

std::optional<Filter> compile_notifying(const Spec& spec) {
  Seccomp wanted = rules_of(spec);
  wanted.otherwise = {Kind::allow};
  std::erase_if(wanted.rules, [](const Seccomp::Rule& rule) { return rule.action.kind != Kind::notify; });
  if (wanted.rules.empty()) return std::nullopt;
  return compile_any(wanted, {});
}

std::optional<Filter> compile_exceptions(const Spec& spec) {
  Seccomp wanted = rules_of(spec);
  wanted.rules = take_exceptions(wanted);
  wanted.otherwise = {Kind::allow};
  if (wanted.rules.empty()) return std::nullopt;
  return compile_rules(wanted, {});
}

Seccomp seccomp_rules(const Spec& spec) { return rules_of(spec); }

std::vector<Filter> seccomp_programs(const Spec& spec) {
  std::vector<Filter> out{compile_filter(spec, {})};
  if (std::optional<Filter> exceptions = compile_exceptions(spec)) out.push_back(*std::move(exceptions));
  return out;
}

bool is_exception(const Seccomp::Rule& rule) {
  return !rule.when.empty() && (rule.action.kind == Kind::fail || rule.action.kind == Kind::kill_process);
}

bool lets_wait(const Spec& spec) {
  if (!spec.seccomp) return true;
  const Seccomp wanted = rules_of(spec);
  const auto allowed = [&](const char* call) {
    Seccomp::Action action = wanted.otherwise;
    for (const Seccomp::Rule& rule : wanted.rules)
      if (rule.syscall == call) {
        if (!rule.when.empty()) return false;
        action = rule.action;
      }
    return action.kind == Kind::allow;
  };
  return std::all_of(std::begin(own_calls), std::end(own_calls), allowed);
}

void refuse_own_notifications(const Plan::Store& store) {
  if (store.filtered == 0) return;
  const auto notified = [&](long nr) {
    return std::any_of(store.spec.seccomp->rules.begin(), store.spec.seccomp->rules.end(),
                       [&](const auto& rule) {
                         return rule.action.kind == Kind::notify && syscall_number(rule.syscall) == nr;
                       });
  };
  const auto refuse = [](const std::string& call) {
    throw Error(Step::validate,
                "seccomp: " + call + " notifies, and the launch itself calls it: nobody would answer", 0);
  };
  for (const char* call : own_calls)
    if (notified(syscall_number(call))) refuse(call);
  for (std::size_t i = store.filtered; i < store.ops.size(); ++i)
    if (store.ops[i].kind == Op::Kind::call && notified(store.ops[i].nr)) {
      const std::string& call = store.texts[store.ops[i].text].call;
      refuse(call.substr(0, call.find('(')));
    }
}

namespace {

// A filter of its own, before the other: from it on the parent must still be waited for.
void load_notifying(Builder& b) {
  const std::optional<Filter> program = compile_notifying(b.spec());
  if (!program) return;
  b.at(Step::seccomp, "listener");
  b.store().filtered = b.size() + 1;
  const Reg listener = b.into("listener", load(b, *program, FLAGS(SECCOMP_FILTER_FLAG_NEW_LISTENER)));
  CALL(b, dup3, listener, beyond_payload(b.spec(), listener_number), FLAGS(O_CLOEXEC)).tolerated = {EINVAL};
  b.store().tasks.push_back(
      {Plan::Store::Task::Kind::listener, b.await("the parent has taken the listener")});
}

}  // namespace

void load_filter(Builder& b, const Arg& argv, const Arg& environment) {
  if (!b.spec().seccomp) return;
  load_notifying(b);
  if (const std::optional<Filter> exceptions = compile_exceptions(b.spec())) {
    b.at(Step::seccomp, "exceptions");
    load(b, *exceptions, 0);
  }
  b.at(Step::seccomp, "filter");
  load(b, compile_filter(b.spec(), {argv.value, environment.value}), 0);
}

}  // namespace isolator
