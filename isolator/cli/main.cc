// isolator: build a sandbox from a profile and run a command in it.

#include <isolator/keeper.h>
#include <isolator/launch.h>
#include <isolator/paths.h>
#include <isolator/profile.h>
#include <isolator/rootless.h>

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>

namespace {

constexpr int cannot_build = 125, cannot_execute = 126, not_found = 127, bad_usage = 2;

struct Options {
  std::string profile;
  std::vector<std::string> settings, command;
};

isolator::Profile load(const Options& options) {
  isolator::Profile profile =
      isolator::load_profile(isolator::profile_path(options.profile), options.settings);
  profile.spec.process.argv = options.command;
  if (profile.rootless) isolator::become_nobody();
  return profile;
}

/// Tells what failed, and returns the exit status that says so.
int explain(const std::exception& e) {
  std::fprintf(stderr, "isolator: %s\n", e.what());
  const auto* error = dynamic_cast<const isolator::Error*>(&e);
  if (error == nullptr) return cannot_build;
  if (!error->hint.empty()) std::fprintf(stderr, "          %s\n", error->hint.c_str());
  if (error->step != isolator::Step::exec) return cannot_build;
  return error->code().value() == ENOENT || error->code().value() == ENOTDIR ? not_found : cannot_execute;
}

/// What may end a command, by the numbers of its profile.
struct Bounds {
  std::optional<std::chrono::milliseconds> wall;
  std::optional<std::uint64_t> memory;
};

int run_in_sandbox(const isolator::Plan& plan, const Bounds& bounds, int caller) try {
  using Kind = isolator::Outcome::Kind;
  const isolator::Outcome outcome =
      isolator::launch(plan).wait({.while_open = caller, .always_count = false});
  isolator::kill_descendants();
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

int run(const Options& options) try {
  isolator::Profile profile = load(options);
  const bool new_session = profile.spec.process.new_session;
  const Bounds bounds{profile.spec.process.wall, profile.spec.limits.memory};
  const isolator::Plan plan = isolator::compile(std::move(profile.spec));
  const int status =
      isolator::in_child([&](int caller) { return run_in_sandbox(plan, bounds, caller); }, new_session);
  // Without destructors: since the fork, each page that they touch would be copied first.
  std::fflush(nullptr);
  _exit(status);
} catch (const std::exception& e) {
  return explain(e);
}

int plan(const Options& options) try {
  isolator::Profile profile = load(options);
  if (profile.spec.process.argv.empty()) profile.spec.process.argv = {"COMMAND"};
  std::fputs(isolator::describe(isolator::compile(std::move(profile.spec))).c_str(), stdout);
  return 0;
} catch (const std::exception& e) {
  explain(e);
  return bad_usage;
}

void add_options(CLI::App* command, Options& options) {
  command->add_option("--profile", options.profile, "name of a profile that ships, or path of one")
      ->required()
      ->type_name("P");
  command
      ->add_option("--set", options.settings,
                   "lay a setting over the profile: key=value, list+=value, list-=value")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);  // one a flag: else it would take the --, and the command with it
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Build a sandbox from a profile and run a command in it.", "isolator");
  app.set_version_flag("--version", "isolator " ESCAPEMENT_VERSION);
  app.require_subcommand(1);
  Options options;

  CLI::App* run_command =
      app.add_subcommand("run", "run COMMAND in a sandbox; its exit status is the command's");
  add_options(run_command, options);
  run_command->add_option("command", options.command, "the command and its arguments, after --")
      ->required()
      ->type_name("COMMAND");
  run_command->footer(
      "Exit status: the command's own; 128+N when signal N ended it; 125 the sandbox could not be built;\n"
      "126 the command cannot be executed; 127 there is no such command inside.");

  CLI::App* plan_command =
      app.add_subcommand("plan", "print what run would do, a line a system call, and do nothing");
  add_options(plan_command, options);
  plan_command->add_option("command", options.command, "the command and its arguments, after --")
      ->type_name("COMMAND");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : run_command->parsed() ? cannot_build : bad_usage;
  }
  return run_command->parsed() ? run(options) : plan(options);
}
