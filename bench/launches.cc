// The isolator library: compile once, then launch and wait as often as wanted.

#include <isolator/launch.h>
#include <isolator/paths.h>

#include <cstdint>
#include <stdexcept>

#include "way.h"

namespace bench {
namespace {

using isolator::Ns;
using isolator::Spec;
using Change = void (*)(Spec&);

Work launch_of(const Spec& spec) {
  return [plan = isolator::compile(spec)] {
    const isolator::Outcome outcome = isolator::launch(plan).wait();
    if (outcome.kind != isolator::Outcome::Kind::exited || outcome.code != 0)
      throw std::runtime_error("the payload ended with " + std::to_string(outcome.code));
  };
}

Way launch_way(const std::string& name, const char* from, Change change = nullptr) {
  return {"library/" + name, [=] {
            Spec spec = profile(from).spec;
            if (change != nullptr) change(spec);
            return launch_of(spec);
          }};
}

}  // namespace

std::vector<Way> launches() {
  return {
      launch_way("open", "open"),
      launch_way("pivot", "pivot"),
      launch_way("strict", "strict"),
      launch_way("strict_no_net", "strict",
                 [](Spec& s) { s.unshare = Ns(std::uint64_t(s.unshare) & ~std::uint64_t(Ns::net)); }),
      launch_way("strict_no_limits", "strict", [](Spec& s) { s.limits = {}; }),
      launch_way("strict_no_mounts", "strict", [](Spec& s) { s.mounts.clear(); }),
      launch_way("strict_no_capabilities", "strict", [](Spec& s) { s.capabilities.reset(); }),
      launch_way("strict_no_seccomp", "strict", [](Spec& s) { s.seccomp.reset(); }),
      {"compile/strict", [] { return [spec = profile("strict").spec] { isolator::compile(spec); }; }},
      {"load_profile/strict",
       [] { return [path = isolator::profile_path("strict")] { isolator::load_profile(path); }; }},
  };
}

}  // namespace bench
