#include "app.h"

namespace isolator::cli {
namespace {

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

void define(CLI::App& app, Options& options) {
  app.description("Build a sandbox from a profile and run a command in it.");
  app.set_version_flag("--version", "isolator " ESCAPEMENT_VERSION);
  app.require_subcommand(1);

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
  plan_command->add_flag("--json", options.json, "print it as JSON");
  plan_command
      ->add_flag_callback("--trace",
                          [] {
                            throw CLI::ValidationError(
                                "--trace", "plan does nothing, so no step takes any time: it belongs to run");
                          })
      ->group("");  // not in --help
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
}

}  // namespace isolator::cli
