#include "commands.h"
#include "outcome.h"
#include "terminal.h"

#include <isolator/keeper.h>
#include <isolator/launch.h>
#include <isolator/scope.h>

#include <unistd.h>

#include <csignal>
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

int tell(const Profile& profile, const Outcome& outcome, const Options& options) {
  if (options.json) {
    print_json(profile, outcome);
  } else {
    if (outcome.kind != Outcome::Kind::exited) tell_limit(profile, outcome);
    if (options.trace) print_trace(profile, outcome);
  }
  return outcome.kind == Outcome::Kind::exited ? outcome.code : 128 + outcome.code;
}

int run_in_sandbox(const Plan& plan, const Profile& profile, const Options& options, int signals) try {
  const Outcome outcome = launch(plan).wait({.signals = signals, .always_count = options.json});
  kill_descendants();
  return tell(profile, outcome, options);
} catch (const std::exception& e) {
  return explain(e, options.json);
}

// The same with a terminal between the two.
int run_on_terminal(Profile profile, const Options& options, int signals, const OuterTerminal& outer) try {
  PseudoTerminal terminal;
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    profile.spec.process.fds[std::size_t(fd)] = {terminal.inside(), fd};
  Child child = launch(compile(profile.spec));
  terminal.begin();
  outer.make_raw();
  Outcome outcome;
  try {
    const auto resize = [&](int signal) { return signal == SIGWINCH && (terminal.resize(), true); };
    outcome = child.wait({.signals = signals, .take = resize, .always_count = options.json});
    kill_descendants();
    terminal.end();
  } catch (...) {
    outer.restore();
    throw;
  }
  outer.restore();
  return tell(profile, outcome, options);
} catch (const std::exception& e) {
  return explain(e, options.json);
}

int run_profile(Profile profile, const Options& options) {
  const bool new_session = profile.spec.process.new_session;
  const OuterTerminal outer;
  int status = 0;
  find_scope(profile.spec.limits);
  if (options.terminal || profile.spec.process.terminal) {
    profile.spec.process.terminal = true;
    status = in_child([&](int signals) { return run_on_terminal(profile, options, signals, outer); },
                      new_session, true);
    outer.restore();  // where the child could not
  } else {
    const Plan plan = compile(profile.spec);
    status = in_child([&](int signals) { return run_in_sandbox(plan, profile, options, signals); },
                      new_session, true);
  }
  // Without destructors: since the fork, each page that they touch would be copied first.
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

int run(const Options& options) try {
  return run_profile(load(options), options);
} catch (const std::exception& e) {
  return explain(e, options.json);
}

int enter(const Options& options) try {
  return run_profile(load_to_enter(options), options);
} catch (const std::exception& e) {
  return explain(e, options.json);
}

}  // namespace isolator::cli
