// The isolator library: compile once, then launch and wait as often as wanted.

#include "launches.h"

#include <isolator/paths.h>
#include <isolator/pool.h>
#include <isolator/template.h>

#include <sys/resource.h>

#include <memory>
#include <stdexcept>

namespace bench {
namespace {

using isolator::Ns;
using isolator::Outcome;
using isolator::Spec;

double microseconds(std::chrono::nanoseconds t) {
  return std::chrono::duration<double, std::micro>(t).count();
}

Outcome ended(isolator::Child child) {
  const Outcome outcome = child.wait();
  if (outcome.kind != Outcome::Kind::exited || outcome.code != 0)
    throw std::runtime_error("the payload ended with " + std::to_string(outcome.code));
  return outcome;
}

Way launch_way(const std::string& name, Spec (*spec)()) {
  return {"library/" + name,
          [=] { return timed([plan = isolator::compile(spec())] { ended(isolator::launch(plan)); }); }};
}

// From the request to the end of the payload. What is built meanwhile for the next request is not awaited
// within it.
Way pool_way(const std::string& name, Spec (*spec)()) {
  return {"pool/" + name, [=]() -> Work {
            const auto pool = std::make_shared<isolator::Pool>(isolator::compile(spec()), 1);
            return [pool] {
              pool->fill();
              const Outcome outcome = ended(pool->take());
              return microseconds(outcome.to_exec + outcome.to_exit);
            };
          }};
}

Way template_way(const std::string& name, Spec (*spec)()) {
  return {"template/" + name, [=] {
            const auto base = std::make_shared<isolator::Template>(isolator::compile(spec()));
            return timed([base] { ended(base->launch()); });
          }};
}

Spec open() { return profile("open").spec; }
Spec pivot() { return profile("pivot").spec; }

Spec no_limits() {
  Spec spec = strict();
  spec.limits = {};
  return spec;
}
Spec no_mounts() {
  Spec spec = strict();
  spec.mounts.clear();
  return spec;
}
Spec no_capabilities() {
  Spec spec = strict();
  spec.capabilities.reset();
  return spec;
}
Spec no_seccomp() {
  Spec spec = strict();
  spec.seccomp.reset();
  return spec;
}

}  // namespace

Spec strict() { return profile("strict").spec; }

Spec no_net() {
  Spec spec = strict();
  spec.unshare = spec.unshare & ~Ns::net;
  return spec;
}

Spec no_net_no_limits() {
  Spec spec = no_net();
  spec.limits = {};
  spec.process.rlimits = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 1024}, {RLIMIT_NPROC, 1024}};
  return spec;
}

std::vector<Way> launches() {
  return {
      launch_way("open", open),
      launch_way("pivot", pivot),
      launch_way("strict", strict),
      launch_way("strict_no_net", no_net),
      launch_way("strict_no_net_no_limits", no_net_no_limits),
      launch_way("strict_no_limits", no_limits),
      launch_way("strict_no_mounts", no_mounts),
      launch_way("strict_no_capabilities", no_capabilities),
      launch_way("strict_no_seccomp", no_seccomp),
      pool_way("strict", strict),
      pool_way("strict_no_net", no_net),
      template_way("strict", strict),
      template_way("strict_no_net_no_limits", no_net_no_limits),
      {"compile/strict", [] { return timed([spec = strict()] { isolator::compile(spec); }); }},
      {"load_profile/strict",
       [] { return timed([path = isolator::profile_path("strict")] { isolator::load_profile(path); }); }},
  };
}

}  // namespace bench
