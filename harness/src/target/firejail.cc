// firejail(1). It confines a program of the host where it is: its root is the host's, with parts of it
// covered.

#include "expressed.h"
#include "programs.h"
#include "target.h"

#include <isolator/seccomp.h>

#include <algorithm>

namespace escapement {
namespace {

using isolator::Ns;
using isolator::Spec;

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words)
    out += (out.empty() ? "" : ",") + word.substr(word.starts_with("cap_") ? 4 : 0);
  return out;
}

class Firejail : public Target {
 public:
  Invocation invocation(const Place& place, const Spec* spec) const override {
    // It shows nobody's /tmp without being asked to, and the program is there.
    Words out{find_program("firejail"), "--quiet", "--whitelist=" + place.root};
    if (spec != nullptr) tell(out, *spec);
    out.push_back(place.program);
    return {out, {}, {}};
  }

  std::vector<Gap> gaps(const Spec& spec) const override {
    std::vector<Gap> out =
        gaps_but(spec,
                 {"mount", "pid", "net", "ipc", "uts", "read-only root", "capabilities", "no_new_privs",
                  "seccomp", "rlimits.core", "rlimits.as", "rlimits.cpu", "rlimits.fsize", "rlimits.nofile",
                  "rlimits.nproc", "rlimits.sigpending"},
                 {{"user", "--noroot is for those who are not root"},
                  {"cgroup", "it makes no cgroup namespace"},
                  {"pivot_root", "the root is the host's, covered in parts"},
                  {"identity", "it runs as who calls it"},
                  {"limits.*", "it can only join a control group that is there"},
                  {"rlimits.*", "it knows six of these limits"}});
    if (spec.seccomp && looks_at_arguments(isolator::seccomp_rules(spec)))
      out.push_back(
          {"seccomp.rules", "its filter looks at no arguments: what is refused for some of them is allowed"});
    return out;
  }

  std::vector<std::string> refusals() const override { return {"EPERM"}; }

 private:
  static void tell(Words& out, const Spec& spec) {
    out.insert(out.end(), {"--noprofile", "--private", "--private-dev", "--disable-mnt", "--nogroups"});
    if (has(spec.unshare, Ns::net)) out.emplace_back("--net=none");
    if (has(spec.unshare, Ns::ipc)) out.emplace_back("--ipc-namespace");
    if (!spec.process.hostname.empty()) out.push_back("--hostname=" + spec.process.hostname);
    if (spec.root.read_only) out.emplace_back("--read-only=/");
    if (spec.process.no_new_privs) out.emplace_back("--nonewprivs");
    if (spec.capabilities) {
      const std::vector<std::string> kept = capability_names(spec.capabilities->keep);
      out.push_back(kept.empty() ? "--caps.drop=all" : "--caps.keep=" + joined(kept));
    }
    constexpr const char* known[] = {"as", "cpu", "fsize", "nofile", "nproc", "sigpending"};
    for (const auto& [resource, limit] : spec.process.rlimits) {
      const std::string name = rlimit_name(resource);
      if (std::find(std::begin(known), std::end(known), name) != std::end(known))
        out.push_back("--rlimit-" + name + "=" + std::to_string(limit));
    }
    if (spec.seccomp) {
      const isolator::Seccomp rules = isolator::seccomp_rules(spec);
      out.push_back("--seccomp.keep=" + joined(calls_allowed(rules)));
      out.push_back("--seccomp-error-action=" + refusal_of(rules.otherwise));
    }
  }
};

}  // namespace

extern const TargetKind firejail_kind;
constinit const TargetKind firejail_kind{
    "firejail", "Firejail, around a program of the host", [] { return missing_program({"firejail"}); },
    [] { return version_of("firejail"); },
    [](const std::string&) -> std::unique_ptr<Target> { return std::make_unique<Firejail>(); }};

}  // namespace escapement
