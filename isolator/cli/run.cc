#include "commands.h"
#include "outcome.h"

#include <isolator/keeper.h>
#include <isolator/launch.h>

#include <unistd.h>

#include <cstdio>

namespace isolator::cli {
namespace {

// Why a command was killed, where a limit of its profile did it.
void tell_limit(const Profile& profile, const Outcome& outcome) {
  const auto oom_kills = outcome.counters.find("memory.events.oom_kill");
  if (outcome.kind == Outcome::Kind::timed_out)
    std::fprintf(stderr, "isolator: killed at its wall-clock limit of %ld ms\n",
                 long(profile.spec.process.wall->count()));
  else if (oom_kills != outcome.counters.end() && oom_kills->second > 0)
    std::fprintf(stderr, "isolator: killed at its memory limit of %lu KiB\n",
                 *profile.spec.limits.memory >> 10);
}

int run_in_sandbox(const Plan& plan, const Profile& profile, const Options& options, int caller) try {
  const Outcome outcome = launch(plan).wait({.while_open = caller, .always_count = options.json});
  kill_descendants();
  if (options.json) {
    print_json(profile, outcome);
  } else {
    if (outcome.kind != Outcome::Kind::exited) tell_limit(profile, outcome);
    if (options.trace) print_trace(profile, outcome);
  }
  return outcome.kind == Outcome::Kind::exited ? outcome.code : 128 + outcome.code;
} catch (const std::exception& e) {
  return explain(e, options.json);
}

}  // namespace

int run(const Options& options) try {
  const Profile profile = load(options);
  const Plan plan = compile(profile.spec);
  const int status = in_child([&](int caller) { return run_in_sandbox(plan, profile, options, caller); },
                              profile.spec.process.new_session);
  // Without destructors: since the fork, each page that they touch would be copied first.
  std::fflush(nullptr);
  _exit(status);
} catch (const std::exception& e) {
  return explain(e, options.json);
}

}  // namespace isolator::cli
