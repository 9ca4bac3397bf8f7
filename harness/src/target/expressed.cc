#include "expressed.h"

#include "../write_file.h"

#include <isolator/profile.h>

#include <sys/capability.h>
#include <sys/resource.h>

#include <seccomp.h>
#include <string.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>

namespace escapement {
namespace {

using Kind = isolator::Seccomp::Action::Kind;

bool stands_for(std::string_view word, std::string_view layer) {
  if (word.ends_with(".*")) return layer.starts_with(word.substr(0, word.size() - 1));
  return word == layer;
}

}  // namespace

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return char(std::toupper(c)); });
  return text;
}

bool has_proc(const isolator::Spec& spec) {
  return std::any_of(spec.mounts.begin(), spec.mounts.end(),
                     [](const isolator::Mount& mount) { return mount.type == isolator::Mount::Type::proc; });
}

std::vector<Gap> gaps_but(const isolator::Spec& spec, std::initializer_list<std::string_view> words,
                          std::initializer_list<Gap> reasons) {
  std::vector<Gap> out;
  for (const std::string& layer : isolator::layers(spec)) {
    const auto said = [&](std::string_view word) { return stands_for(word, layer); };
    if (std::any_of(words.begin(), words.end(), said)) continue;
    const auto reason = std::find_if(reasons.begin(), reasons.end(),
                                     [&](const Gap& gap) { return stands_for(gap.layer, layer); });
    out.push_back({layer, reason == reasons.end() ? "it has no option for that" : reason->reason});
  }
  return out;
}

std::string tmpfs_options(const isolator::Mount& mount) {
  char mode[16];
  std::snprintf(mode, sizeof mode, "mode=%o", unsigned(mount.mode));
  return mode + (mount.size != 0 ? ",size=" + std::to_string(mount.size) : "");
}

void write_filter(const std::string& path, const std::vector<sock_filter>& program) {
  write_file(path, {reinterpret_cast<const char*>(program.data()), program.size() * sizeof program[0]});
}

std::vector<std::string> capability_names(std::uint64_t set) {
  std::vector<std::string> out;
  for (cap_value_t bit = 0; bit < cap_max_bits(); ++bit) {
    if ((set >> bit & 1) == 0) continue;
    const std::unique_ptr<char, int (*)(void*)> name(cap_to_name(bit), &cap_free);
    if (name) out.emplace_back(name.get());
  }
  return out;
}

std::string rlimit_name(int resource) {
  static const std::map<int, std::string> names = {
      {RLIMIT_AS, "as"},           {RLIMIT_CORE, "core"},         {RLIMIT_CPU, "cpu"},
      {RLIMIT_DATA, "data"},       {RLIMIT_FSIZE, "fsize"},       {RLIMIT_LOCKS, "locks"},
      {RLIMIT_MEMLOCK, "memlock"}, {RLIMIT_MSGQUEUE, "msgqueue"}, {RLIMIT_NICE, "nice"},
      {RLIMIT_NOFILE, "nofile"},   {RLIMIT_NPROC, "nproc"},       {RLIMIT_RSS, "rss"},
      {RLIMIT_RTPRIO, "rtprio"},   {RLIMIT_RTTIME, "rttime"},     {RLIMIT_SIGPENDING, "sigpending"},
      {RLIMIT_STACK, "stack"}};
  return names.at(resource);
}

std::vector<std::string> calls_allowed(const isolator::Seccomp& rules) {
  std::set<std::string> out, refused;
  for (const isolator::Seccomp::Rule& rule : rules.rules) {
    const bool allows = rule.action.kind == Kind::allow || rule.action.kind == Kind::log;
    if (allows)
      out.insert(rule.syscall);
    else if (rule.when.empty())
      refused.insert(rule.syscall);
  }
  for (const std::string& call : refused) out.erase(call);
  return {out.begin(), out.end()};
}

std::vector<std::string> known_calls() {
  constexpr int most = 1024;  // far above the last; the table has gaps
  std::vector<std::string> out;
  for (int number = 0; number < most; ++number) {
    const std::unique_ptr<char, decltype(&std::free)> name(
        seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), &std::free);
    if (name) out.emplace_back(name.get());
  }
  return out;
}

bool looks_at_arguments(const isolator::Seccomp& rules) {
  return std::any_of(rules.rules.begin(), rules.rules.end(),
                     [](const auto& rule) { return !rule.when.empty(); });
}

std::string refusal_of(const isolator::Seccomp::Action& action) {
  return action.kind == Kind::fail && action.err != 0 ? strerrorname_np(action.err) : "kill";
}

}  // namespace escapement
