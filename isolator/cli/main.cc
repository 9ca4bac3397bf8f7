// isolator: build a sandbox from a profile and run a command in it.

#include "commands.h"
#include "outcome.h"

#include <isolator/paths.h>
#include <isolator/plan.h>
#include <isolator/profile.h>
#include <isolator/rootless.h>

#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstdio>
#include <exception>

namespace isolator::cli {

Profile load(const Options& options) {
  Profile profile = load_profile(profile_path(options.profile), options.settings);
  profile.spec.process.argv = options.command;
  if (profile.rootless) become_nobody();
  return profile;
}

int explain(const std::exception& e, bool json) {
  const auto* error = dynamic_cast<const Error*>(&e);
  if (json) {
    print_json(e);
  } else {
    std::fprintf(stderr, "isolator: %s\n", e.what());
    if (error != nullptr && !error->hint.empty()) std::fprintf(stderr, "          %s\n", error->hint.c_str());
  }
  if (error == nullptr) return cannot_build;
  if (error->step != Step::exec) return cannot_build;
  return error->code().value() == ENOENT || error->code().value() == ENOTDIR ? not_found : cannot_execute;
}

int plan(const Options& options) try {
  Profile profile = load(options);
  if (profile.spec.process.argv.empty()) profile.spec.process.argv = {"COMMAND"};
  std::fputs(describe(compile(std::move(profile.spec))).c_str(), stdout);
  return 0;
} catch (const std::exception& e) {
  explain(e);
  return bad_usage;
}

}  // namespace isolator::cli

namespace {

using isolator::cli::Options;

void add_options(CLI::App* command, Options& options, bool required = true) {
  command->add_option("--profile", options.profile, "name of a profile that ships, or path of one")
      ->required(required)
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

  run_command->add_flag("--trace", options.trace,
                        "then tell on stderr how long each step of the launch took");
  run_command->add_flag("--json", options.json,
                        "tell on stderr, as one line of JSON, how it went or what failed");

  CLI::App* plan_command =
      app.add_subcommand("plan", "print what run would do, a line a system call, and do nothing");
  add_options(plan_command, options);
  plan_command->add_option("command", options.command, "the command and its arguments, after --")
      ->type_name("COMMAND");

  CLI::App* posture_command = app.add_subcommand(
      "posture", "build the sandbox, look at it from outside through /proc, and compare with the profile");
  add_options(posture_command, options);
  posture_command
      ->add_option("--program", options.program,
                   "a static program of the host to start; default: isolator's own")
      ->type_name("PATH");
  posture_command
      ->add_option("--through", options.through,
                   "build it by a launch of its own (cold), in a pool or from a template")
      ->check(CLI::IsMember({"cold", "pool", "template"}))
      ->capture_default_str();
  posture_command->add_flag("--json", options.json, "print it as JSON");
  posture_command->add_option("command", options.command, "a command inside to start instead, after --")
      ->type_name("COMMAND");
  posture_command->footer(
      "It is stopped before its first instruction, so that nothing of it ever runs.\n"
      "Exit status: 0 all is as the profile says; 1 something is not; 2 bad usage; 125, 126 and 127 as of "
      "run.");

  CLI::App* doctor_command = app.add_subcommand(
      "doctor", "try what sandboxes are built of, and tell what is missing here and what to do about it");
  add_options(doctor_command, options, false);
  doctor_command->add_flag("--json", options.json, "print it as JSON");
  doctor_command->footer(
      "With --profile: what that one needs, and whether it can be built.\n"
      "Exit status: 0 nothing needed is missing; 1 something is; 2 bad usage.");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : run_command->parsed() ? isolator::cli::cannot_build : isolator::cli::bad_usage;
  }
  if (run_command->parsed()) return isolator::cli::run(options);
  if (doctor_command->parsed()) return isolator::cli::doctor(options);
  return posture_command->parsed() ? isolator::cli::posture(options) : isolator::cli::plan(options);
}
