#include "commands.h"

#include <isolator/keeper.h>
#include <isolator/launch.h>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>

namespace isolator::cli {
namespace {

/// What may end a command, by the numbers of its profile.
struct Bounds {
  std::optional<std::chrono::milliseconds> wall;
  std::optional<std::uint64_t> memory;
};

int run_in_sandbox(const Plan& plan, const Bounds& bounds, int caller) try {
  using Kind = Outcome::Kind;
  const Outcome outcome = launch(plan).wait({.while_open = caller, .always_count = false});
  kill_descendants();
  if (outcome.kind == Kind::exited) return outcome.code;
  const auto oom_kills = outcome.counters.find("memory.events.oom_kill");
  if (outcome.kind == Kind::timed_out)
    std::fprintf(stderr, "isolator: killed at its wall-clock limit of %ld ms\n", long(bounds.wall->count()));
  else if (oom_kills != outcome.counters.end() && oom_kills->second > 0)
    std::fprintf(stderr, "isolator: killed at its memory limit of %lu KiB\n", *bounds.memory >> 10);
  return 128 + outcome.code;
} catch (const std::exception& e) {
  return explain(e);
}

}  // namespace

int run(const Options& options) try {
  Profile profile = load(options);
  const bool new_session = profile.spec.process.new_session;
  const Bounds bounds{profile.spec.process.wall, profile.spec.limits.memory};
  const Plan plan = compile(std::move(profile.spec));
  const int status = in_child([&](int caller) { return run_in_sandbox(plan, bounds, caller); }, new_session);
  // Without destructors: since the fork, each page that they touch would be copied first.
  std::fflush(nullptr);
  _exit(status);
} catch (const std::exception& e) {
  return explain(e);
}

}  // namespace isolator::cli
