#include "app.h"

#include <fcntl.h>

#include <charconv>

namespace isolator::cli {
namespace {

void add_settings(CLI::App* command, Options& options) {
  command
      ->add_option("--set", options.settings,
                   "lay a setting over the profile: key=value, list+=value, list-=value")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);  // one a flag: else it would take the --, and the command with it
}

void add_options(CLI::App* command, Options& options, bool required = true) {
  command->add_option("--profile", options.profile, "name of a profile that ships, or path of one")
      ->required(required)
      ->type_name("P");
  add_settings(command, options);
}

std::string descriptor(const std::string& written) {
  const auto [outside, inside] = parse_fd(written);
  if (outside < 0 || inside < 3) return written + ": expected a number, or two such as 7:3, above 2 inside";
  return fcntl(outside, F_GETFD) < 0 ? std::to_string(outside) + ": no such descriptor is open" : "";
}

// run and enter.
void add_command(CLI::App* command, Options& options) {
  command->add_flag("-t,--terminal", options.terminal, "give it a terminal of its own, relayed to this one");
  command
      ->add_option("--fd", options.fds,
                   "pass this open descriptor on, under its number or another; 0, 1 and 2 are passed anyway")
      ->type_name("N[:INSIDE]")
      ->check(descriptor)
      ->allow_extra_args(false);
  command->add_flag("--trace", options.trace, "then tell on stderr how long each step of the launch took");
  command->add_flag("--json", options.json,
                    "tell on stderr, as one line of JSON, how it went or what failed");
  command->add_option("command", options.command, "the command and its arguments, after --")
      ->required()
      ->type_name("COMMAND");
  command->footer(
      "Exit status: the command's own; 128+N when signal N ended it; 125 the sandbox could not be built;\n"
      "126 the command cannot be executed; 127 there is no such command inside.");
}

}  // namespace

std::pair<int, int> parse_fd(const std::string& written) {
  const auto number = [](std::string_view text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? value : -1;
  };
  const std::size_t colon = written.find(':');
  const std::string_view text = written;
  const int outside = number(text.substr(0, colon));
  return {outside, colon == std::string::npos ? outside : number(text.substr(colon + 1))};
}

void define(CLI::App& app, Options& options) {
  app.description("Build a sandbox from a profile and run a command in it.");
  app.set_version_flag("--version", "isolator " ESCAPEMENT_VERSION);
  app.require_subcommand(1);

  CLI::App* run_command =
      app.add_subcommand("run", "run COMMAND in a sandbox; its exit status is the command's");
  add_options(run_command, options);
  add_command(run_command, options);

  CLI::App* enter_command = app.add_subcommand(
      "enter", "run COMMAND in the namespaces of a process; its exit status is the command's");
  enter_command->add_option("pid", options.pid, "a process in them, as it is numbered here")
      ->required()
      ->type_name("PID")
      ->check(CLI::PositiveNumber);
  enter_command
      ->add_option("--namespaces", options.namespaces,
                   "only these, such as mount,pid; default: all that this process is not in")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES");
  enter_command
      ->add_option("--profile", options.profile,
                   "layers to apply beside, of a profile that makes none of these namespaces; default: none")
      ->type_name("P");
  add_settings(enter_command, options);
  add_command(enter_command, options);

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
