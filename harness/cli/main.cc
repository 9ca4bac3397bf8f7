// escapement: does this sandbox hold?

#include "commands.h"

#include <isolator/profile.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>

namespace {

using namespace escapement;

// Under ESCAPEMENT_MUST_WORK nothing may be skipped that this kernel has: continuous integration sets it on
// machines that can do everything.
bool must_work() {
  const char* value = std::getenv("ESCAPEMENT_MUST_WORK");
  return value != nullptr && std::string(value) == "1";
}

void add_probe_options(CLI::App& command, ProbeOptions& options) {
  command.add_option("--probe-dir", options.beside, "take the probes of DIR too, beside those that ship")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_option("--probes", options.instead, "take the probes of DIR instead of those that ship")
      ->type_name("DIR");
}

void add_baseline_options(CLI::App& command, BaselineOptions& options) {
  command.add_option("--waivers", options.waivers, "what may be worse for a while: TOML")->type_name("FILE");
  command
      .add_option("--time-factor", options.time_factor,
                  "a launch that takes N times as long as it did is worse; default: 3")
      ->check(CLI::Range(1.0, 1e6))
      ->type_name("N");
}

// Which attacks, and how.
void add_attack_options(CLI::App& command, RunOptions& options) {
  command.add_option("--probe", options.probe_ids, "only this probe, or those of this program")
      ->type_name("ID")
      ->allow_extra_args(false);
  command.add_option("--class", options.classes, "only the probes of this class")
      ->type_name("C")
      ->allow_extra_args(false);
  command.add_option("-j", options.jobs, "sandboxes at a time; default: one a processor")->type_name("N");
  command
      .add_option("--patience", options.patience,
                  "seconds that a probe may be silent, until it counts as hanging; default: 5")
      ->check(CLI::Range(1U, 3600U))
      ->type_name("S");
  add_probe_options(command, options.probes);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Does this sandbox hold? Probes try to get out of it, a witness outside checks.",
               "escapement");
  app.set_version_flag("--version", "escapement " ESCAPEMENT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 every claimed guarantee held; 1 at least one did not, or is worse than the baseline;\n"
      "2 bad usage, profile or configuration; 3 the question could not be answered: broken, or not-testable\n"
      "under --must-test.");

  RunOptions run_options{.must_work = must_work()};
  CLI::App* run_command = app.add_subcommand("run", "run probes in sandboxes, and judge");
  run_command
      ->add_option("--profile", run_options.profiles,
                   "a profile that ships, or the path of one; default: all that ship")
      ->type_name("P")
      ->allow_extra_args(false);
  run_command->add_option("--target", run_options.targets, "what builds the sandbox; default: isolator")
      ->type_name("T")
      ->allow_extra_args(false);
  run_command
      ->add_option(
          "--command", run_options.command,
          "a line for sh that starts {probe}, or /probe of the root directory {root}, in your sandbox")
      ->type_name("TEMPLATE");
  run_command
      ->add_option("--set", run_options.settings,
                   "lay a setting over each profile: key=value, list+=value, list-=value")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  run_command->add_option("--format", run_options.format, "table (default), json, junit or markdown")
      ->type_name("F");
  run_command->add_option("--output", run_options.output, "write the report to FILE")->type_name("FILE");
  run_command->add_option("--report", run_options.more, "write the same report to a file too, in that format")
      ->type_name("F=FILE")
      ->allow_extra_args(false);
  run_command->add_flag("--must-test", run_options.must_test, "not-testable is an error: exit status 3");
  run_command
      ->add_option("--baseline", run_options.baseline_path,
                   "compare with a report that was stored with --format json")
      ->type_name("FILE");
  add_baseline_options(*run_command, run_options.baseline);
  add_attack_options(*run_command, run_options);

  RunOptions calibrate_options;
  CLI::App* calibrate_command =
      app.add_subcommand("calibrate", "take layers away one by one and together: what holds what?");
  calibrate_command
      ->add_option("--profile", calibrate_options.profiles,
                   "a profile that ships, or the path of one; default: strict")
      ->type_name("P")
      ->allow_extra_args(false);
  calibrate_command->add_option("--format", calibrate_options.format, "table (default), json or html")
      ->type_name("F");
  calibrate_command->add_option("--output", calibrate_options.output, "write the report to FILE")
      ->type_name("FILE");
  add_attack_options(*calibrate_command, calibrate_options);
  calibrate_command->footer(
      "Exit status: 0 every probe escaped somewhere, and every layer held something; 1 not so; 2 bad usage;\n"
      "3 a cell is broken, or the host is not as it was before.");

  CompareOptions compare_options;
  CLI::App* compare_command =
      app.add_subcommand("compare", "what changed between two reports, and is it worse?");
  compare_command->add_option("BASE", compare_options.base, "a report: escapement run --format json")
      ->required();
  compare_command->add_option("NOW", compare_options.now, "a later one")->required();
  compare_command->add_option("--format", compare_options.format, "table (default), json or markdown")
      ->type_name("F");
  compare_command->add_option("--output", compare_options.output, "write the comparison to FILE")
      ->type_name("FILE");
  add_baseline_options(*compare_command, compare_options.baseline);
  compare_command->footer(
      "Exit status: 0 nothing is worse, or all of it is waived; 1 something is, or a waiver has expired;\n"
      "2 bad usage, waivers, or what is no report.");

  RunOptions surface_options;
  CLI::App* surface_command = app.add_subcommand(
      "surface", "which system calls does a filter let through, natively and by another entry?");
  surface_command
      ->add_option("--profile", surface_options.profiles,
                   "a profile that ships, or the path of one; several are compared; default: strict")
      ->type_name("P")
      ->allow_extra_args(false);
  surface_command
      ->add_option("--set", surface_options.settings,
                   "lay a setting over each profile: key=value, list+=value, list-=value")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  surface_command->add_option("--format", surface_options.format, "table (default) or json")->type_name("F");
  surface_command->add_option("--output", surface_options.output, "write the report to FILE")
      ->type_name("FILE");
  add_probe_options(*surface_command, surface_options.probes);
  surface_command->footer(
      "Exit status: 0 nothing that is refused natively is reached otherwise; 1 something is; 2 bad usage;\n"
      "3 that could not be answered.");

  CLI::App* inside_command = app.add_subcommand(
      "inside",
      "from within a sandbox: what the probes say of themselves, and where they are; inside --help");
  inside_command->prefix_command();
  inside_command->set_help_flag();
  std::string bundle_directory;
  CLI::App* bundle_command =
      app.add_subcommand("bundle", "copy what `inside` needs into a directory, to be carried into a sandbox");
  bundle_command->add_option("DIR", bundle_directory, "a new or an empty directory")->required();

  ListOptions list_options;
  CLI::App* list_command = app.add_subcommand("list", "list probes, profiles, guarantees or targets");
  list_command->add_option("what", list_options.what, "probes, profiles, guarantees or targets")->required();
  list_command->add_option("--format", list_options.format, "table (default) or json")->type_name("F");
  add_probe_options(*list_command, list_options.probes);

  ExplainOptions explain_options;
  CLI::App* explain_command =
      app.add_subcommand("explain", "how a probe attacks, what counts, and what to do about it");
  explain_command->add_option("ID", explain_options.id, "a probe")->required();
  explain_command->add_option("--format", explain_options.format, "table (default) or json")->type_name("F");
  add_probe_options(*explain_command, explain_options.probes);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : bad_usage;
  }
  try {
    if (run_command->parsed()) return run(run_options);
    if (calibrate_command->parsed()) return calibrate(calibrate_options);
    if (compare_command->parsed()) return compare(compare_options);
    if (surface_command->parsed()) return surface(surface_options);
    if (inside_command->parsed()) return inside(inside_command->remaining());
    if (bundle_command->parsed()) return bundle(bundle_directory);
    if (list_command->parsed()) return list(list_options);
    return explain(explain_options);
  } catch (const UsageError& e) {
    std::fprintf(stderr, "escapement: %s\n", e.what());
    return bad_usage;
  } catch (const isolator::ProfileError& e) {
    std::fprintf(stderr, "escapement: %s\n", e.what());
    return bad_usage;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "escapement: %s\n", e.what());
    return no_answer;
  }
}
