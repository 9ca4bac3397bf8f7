// isolator: build a sandbox from a profile and run a command in it.

#include "app.h"
#include "outcome.h"

#include <isolator/paths.h>
#include <isolator/plan.h>
#include <isolator/profile.h>
#include <isolator/rootless.h>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <string_view>

namespace isolator::cli {

namespace {

void add_command(const Options& options, Process& process) {
  process.argv = options.command;
  for (const std::string& fd : options.fds) process.fds.push_back(parse_fd(fd));
}

}  // namespace

Profile load(const Options& options) {
  Profile profile = load_profile(profile_path(options.profile), options.settings);
  add_command(options, profile.spec.process);
  if (profile.rootless) become_nobody();
  return profile;
}

Profile load_to_enter(const Options& options) {
  std::string joined;
  for (const std::string& one : options.namespaces) joined += (joined.empty() ? "" : ",") + one;
  const std::string pid = std::to_string(options.pid);
  std::vector<std::string> settings = options.settings;
  settings.push_back("namespaces.join+=\"" + (joined.empty() ? pid : joined + "=" + pid) + "\"");
  Profile profile = options.profile.empty() ? parse_profile("name = \"enter\"", "enter", settings)
                                            : load_profile(profile_path(options.profile), settings);
  add_command(options, profile.spec.process);
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
  const Plan plan = compile(std::move(profile.spec));
  if (!options.json) {
    std::fputs(describe(plan).c_str(), stdout);
    return 0;
  }
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const PlanLine& line : lines(plan)) steps.push_back({{"step", name(line.step)}, {"call", line.call}});
  const nlohmann::ordered_json out = {{"profile", profile.name}, {"calls", std::move(steps)}};
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
} catch (const std::exception& e) {
  explain(e, options.json);
  return bad_usage;
}

}  // namespace isolator::cli

int main(int argc, char** argv) {
  CLI::App app("", "isolator");
  isolator::cli::Options options;
  isolator::cli::define(app, options);
  const bool running =
      argc > 1 && (std::string_view(argv[1]) == "run" || std::string_view(argv[1]) == "enter");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : running ? isolator::cli::cannot_build : isolator::cli::bad_usage;
  }
  const std::string command = app.get_subcommands().front()->get_name();
  if (command == "run") return isolator::cli::run(options);
  if (command == "enter") return isolator::cli::enter(options);
  if (command == "plan") return isolator::cli::plan(options);
  if (command == "posture") return isolator::cli::posture(options);
  return isolator::cli::doctor(options);
}
