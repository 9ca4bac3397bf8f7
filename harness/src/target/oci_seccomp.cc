#include "expressed.h"
#include "oci.h"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>

namespace escapement {
namespace {

using isolator::Seccomp;
using nlohmann::json;
using Kind = Seccomp::Action::Kind;
using Op = Seccomp::Comparison::Op;

json action_of(const Seccomp::Action& action) {
  switch (action.kind) {
    case Kind::allow:
      return {{"action", "SCMP_ACT_ALLOW"}};
    case Kind::log:
      return {{"action", "SCMP_ACT_LOG"}};
    case Kind::fail:
      return {{"action", "SCMP_ACT_ERRNO"}, {"errnoRet", action.err}};
    case Kind::kill_process:
    case Kind::notify:
      break;
  }
  return {{"action", "SCMP_ACT_KILL_PROCESS"}};
}

json argument(const Seccomp::Comparison& comparison) {
  constexpr std::pair<Op, const char*> names[] = {{Op::eq, "SCMP_CMP_EQ"},
                                                  {Op::ne, "SCMP_CMP_NE"},
                                                  {Op::lt, "SCMP_CMP_LT"},
                                                  {Op::le, "SCMP_CMP_LE"},
                                                  {Op::gt, "SCMP_CMP_GT"},
                                                  {Op::ge, "SCMP_CMP_GE"},
                                                  {Op::masked_eq, "SCMP_CMP_MASKED_EQ"}};
  const auto* name = std::find_if(std::begin(names), std::end(names),
                                  [&](const auto& one) { return one.first == comparison.op; });
  json out{{"index", comparison.arg}, {"op", name->second}, {"value", comparison.value}};
  if (comparison.op == Op::masked_eq)
    out = {{"index", comparison.arg},
           {"op", name->second},
           {"value", comparison.mask},
           {"valueTwo", comparison.value}};
  return out;
}

json rule(const std::string& call, const Seccomp::Action& action,
          const std::vector<Seccomp::Comparison>& when) {
  json out = action_of(action);
  out["names"] = {call};
  for (const Seccomp::Comparison& comparison : when) out["args"].push_back(argument(comparison));
  return out;
}

Masked masked(const Seccomp::Comparison& c) {
  if (c.op == Op::masked_eq) return {c.mask, c.value};
  if (c.op == Op::eq) return {~std::uint64_t(0), c.value};
  throw std::invalid_argument("a refusal by less or greater cannot be told to an OCI runtime");
}

/// The rules about one call that allows all but for some values of one argument.
void add_turned_round(json& out, const std::string& call, const Seccomp::Action& allowed,
                      const std::vector<const Seccomp::Rule*>& refusals) {
  std::vector<std::uint64_t> values;
  std::optional<Masked> first;
  unsigned arg = 0;
  for (const Seccomp::Rule* refusal : refusals) {
    const Seccomp::Comparison& comparison = refusal->when.front();
    const Masked one = masked(comparison);
    if (refusal->when.size() != 1 || (first && (first->mask != one.mask || arg != comparison.arg)))
      throw std::invalid_argument(
          call + ": refusals that look at several arguments cannot be told to an OCI runtime");
    first = one;
    arg = comparison.arg;
    values.push_back(one.value);
    out.push_back(rule(call, refusal->action, refusal->when));
  }
  for (const Masked& other : all_but(first->mask, values))
    out.push_back(rule(call, allowed, {{arg, Op::masked_eq, other.value, other.mask}}));
}

}  // namespace

// Like the complement of a set of networks: whoever leaves the way to all the values at one bit, having
// agreed so far, is none of them.
std::vector<Masked> all_but(std::uint64_t mask, const std::vector<std::uint64_t>& values) {
  std::vector<Masked> out;
  std::vector<Masked> ways{{0, 0}};
  for (int bit = 63; bit >= 0; --bit) {
    const std::uint64_t one = std::uint64_t(1) << bit;
    if ((mask & one) == 0) continue;
    std::vector<Masked> further;
    for (const Masked& way : ways)
      for (const std::uint64_t side : {std::uint64_t(0), one}) {
        const Masked next{way.mask | one, way.value | side};
        const bool leads = std::any_of(values.begin(), values.end(), [&](std::uint64_t value) {
          return (value & next.mask) == next.value;
        });
        (leads ? further : out).push_back(next);
      }
    ways = std::move(further);
  }
  return out;
}

json oci_seccomp(const Seccomp& rules) {
  json calls = json::array();
  std::map<std::string, std::vector<const Seccomp::Rule*>> refusals;
  for (const Seccomp::Rule& one : rules.rules)
    if (!one.when.empty() && (one.action.kind == Kind::fail || one.action.kind == Kind::kill_process))
      refusals[one.syscall].push_back(&one);

  std::vector<std::string> together;  // what is simply allowed: one entry for all of it
  for (const Seccomp::Rule& one : rules.rules) {
    const bool refuses_some = refusals.contains(one.syscall);
    const bool plain = one.when.empty();
    if (refuses_some && plain && one.action.kind == Kind::allow)
      add_turned_round(calls, one.syscall, one.action, refusals[one.syscall]);
    else if (plain && one.action.kind == Kind::allow)
      together.push_back(one.syscall);
    else if (!(refuses_some && !plain))
      calls.push_back(rule(one.syscall, one.action, one.when));
  }
  if (!together.empty()) calls.push_back({{"names", together}, {"action", "SCMP_ACT_ALLOW"}});
  json out{{"architectures", {"SCMP_ARCH_X86_64"}}, {"syscalls", calls}};
  const json otherwise = action_of(rules.otherwise);
  out["defaultAction"] = otherwise["action"];
  if (otherwise.contains("errnoRet")) out["defaultErrnoRet"] = otherwise["errnoRet"];
  return out;
}

}  // namespace escapement
