#include "commands.h"

#include "../src/compare_report.h"
#include "../src/progress.h"
#include "../src/report_json.h"
#include "../src/report_junit.h"
#include "../src/report_markdown.h"
#include "../src/report_table.h"
#include "../src/run.h"
#include "../src/style.h"
#include "../src/target/workshop.h"

#include <isolator/keeper.h>
#include <isolator/paths.h>
#include <isolator/profile.h>
#include <isolator/scope.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <thread>

namespace escapement {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// A program may hold several probes: its name means them all, unless one of them has the same.
std::set<std::string> ids_of(const std::string& name, const std::vector<ProbeInfo>& all) {
  std::set<std::string> out;
  for (const ProbeInfo& probe : all) {
    if (probe.id == name) return {name};
    if (std::filesystem::path(probe.program).filename() == name) out.insert(probe.id);
  }
  if (out.empty())
    throw UsageError("--probe " + name + ": there is no such probe; see escapement list probes");
  return out;
}

std::vector<ProbeInfo> choose_probes(const RunOptions& options, const std::vector<ProbeInfo>& all) {
  std::set<std::string> ids;
  for (const std::string& name : options.probe_ids) ids.merge(ids_of(name, all));
  for (const std::string& cls : options.classes)
    if (std::none_of(all.begin(), all.end(), [&](const ProbeInfo& p) { return p.cls == cls; }))
      throw UsageError("--class " + cls + ": no probe is of that class; see escapement list probes");
  std::vector<ProbeInfo> out;
  for (const ProbeInfo& probe : all) {
    const bool wanted = (ids.empty() || ids.contains(probe.id)) &&
                        (options.classes.empty() || contains(options.classes, probe.cls));
    if (wanted) out.push_back(probe);
  }
  if (out.empty()) throw UsageError("no probe is of that id and of that class");
  return out;
}

// A profile with settings over it is another one, and is called so.
isolator::Profile choose_profile(const std::string& name, const std::vector<std::string>& settings,
                                 const std::vector<Guarantee>& known) {
  const std::string path = isolator::profile_path(name);
  isolator::Profile out = isolator::load_profile(path, settings);
  for (const std::string& setting : settings) out.name += " " + setting;
  const std::vector<std::string> unknown = unknown_claims(out.claims, known);
  if (!unknown.empty())
    throw UsageError(path + ": claims: no guarantee is called " + unknown.front() +
                     "; see escapement list guarantees");
  return out;
}

// A report, as text and as where it goes: standard output, where `file` is empty.
struct Drawing {
  std::string format, file;
};

void check_format(const std::string& option, const std::string& format) {
  if (!contains({"table", "json", "junit", "markdown"}, format))
    throw UsageError(option + " " + format + ": expected table, json, junit or markdown");
}

std::vector<Drawing> drawings_of(const RunOptions& options) {
  check_format("--format", options.format);
  std::vector<Drawing> out{{options.format, options.output}};
  for (const std::string& each : options.more) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals + 1 == each.size())
      throw UsageError("--report " + each + ": expected FORMAT=FILE");
    out.push_back({each.substr(0, equals), each.substr(equals + 1)});
    check_format("--report", out.back().format);
  }
  return out;
}

std::string text_of(const Report& report, const Comparison* comparison, const Drawing& drawing) {
  if (drawing.format == "json") return to_json_text(report, comparison);
  if (drawing.format == "junit") return to_junit(report);
  if (drawing.format == "markdown")
    return to_markdown(report) + (comparison ? "\n" + to_markdown(*comparison) : "");
  const Style style = drawing.file.empty() ? Style::detect(STDOUT_FILENO, ::getenv) : Style{};
  return to_table(report, style) + (comparison ? "\n" + to_table(*comparison, style) : "");
}

}  // namespace

void write_report(const std::string& text, const std::string& output) {
  if (output.empty()) {
    if (std::fputs(text.c_str(), stdout) == EOF || std::fflush(stdout) == EOF)
      throw std::runtime_error("cannot write the report");
    return;
  }
  std::ofstream file(output);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + output);
}

namespace {

int run_and_report(const Request& request, const std::optional<Baseline>& baseline,
                   const RunOptions& options) {
  Report report;
  {
    const std::size_t cells = request.probes.size() * (request.profiles.size() + 1);
    Progress bar(STDERR_FILENO, Style::detect(STDERR_FILENO, ::getenv), cells);
    report =
        run(request, [&](std::size_t done, std::size_t, const std::string& what) { bar.update(done, what); });
  }
  if (report.runs.empty()) throw std::runtime_error("none of the profiles can be built by this user");
  std::optional<Comparison> comparison;
  if (baseline) comparison = compare_with(*baseline, report);
  for (const Drawing& drawing : drawings_of(options))
    write_report(text_of(report, comparison ? &*comparison : nullptr, drawing), drawing.file);
  if (comparison && exit_code(*comparison) != 0) return exit_code(*comparison);
  return exit_code(report, options.must_test   ? MustTest::all
                           : options.must_work ? MustTest::present
                                               : MustTest::nothing);
}

}  // namespace

namespace {

std::vector<std::string> choose_targets(const RunOptions& options) {
  std::vector<std::string> out = options.targets;
  if (out.empty()) out.push_back(options.command.empty() ? "isolator" : "command");
  for (const std::string& target : out) {
    if (target == "isolator") continue;
    if (target == "command") {
      if (options.command.empty()) throw UsageError("--target command: expected --command TEMPLATE too");
      continue;
    }
    const TargetKind* kind = find_target(target);
    if (kind == nullptr)
      throw UsageError("--target " + target + ": there is no such target; see escapement list targets");
    if (const std::string missing = kind->missing(); !missing.empty())
      throw std::runtime_error("--target " + target + ": " + missing);
  }
  if (!options.command.empty()) {
    if (!contains(out, "command")) throw UsageError("--command: is for --target command");
    try {
      command_target(options.command);
    } catch (const std::invalid_argument& e) {
      throw UsageError(e.what());
    }
  }
  return out;
}

// The ladder is the isolator's. What others build is looked at as they build it, and as near to strict as
// they come; only its author knows what a command line builds.
std::vector<std::string> default_profiles(const std::vector<std::string>& targets) {
  if (targets == std::vector<std::string>{"isolator"}) return ladder;
  if (targets == std::vector<std::string>{"command"}) return {target_defaults};
  return {target_defaults, "strict"};
}

isolator::Profile defaults_of_target(const std::vector<std::string>& settings) {
  if (!settings.empty())
    throw UsageError("--set: the defaults of a target are no profile; expected --profile P");
  isolator::Profile out;
  out.name = target_defaults;
  out.summary = "as it is when it is told nothing but what to run";
  return out;
}

}  // namespace

Request request_of(const RunOptions& options) {
  Request request;
  request.targets = choose_targets(options);
  request.command = options.command;
  const bool by_others = request.targets != std::vector<std::string>{"isolator"};
  const std::vector<ProbeInfo> all = read_catalogue(options.probes);
  request.probes = choose_probes(options, all);
  request.jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  request.patience = std::chrono::seconds(options.patience);
  request.leave_out_unbuildable = options.profiles.empty() && geteuid() != 0;
  std::vector<Guarantee> known = read_guarantees(isolator::share_directory() + "/guarantees.toml");
  for (const ProbeInfo& probe : all)
    known.push_back({probe.guarantee, probe.summary});  // of probes of your own
  for (const std::string& name :
       options.profiles.empty() ? default_profiles(request.targets) : options.profiles) {
    if (name == target_defaults && by_others) {
      request.profiles.push_back(defaults_of_target(options.settings));
      request.profile_paths.emplace_back();
      continue;
    }
    request.profiles.push_back(choose_profile(name, options.settings, known));
    request.profile_paths.push_back(isolator::profile_path(name));
  }
  request.base_path = isolator::profile_path(geteuid() == 0 ? "strict" : "rootless");
  request.base = isolator::load_profile(request.base_path);

  for (const isolator::Profile& profile : request.profiles)
    if (has(profile.spec.unshare, isolator::Ns::user)) isolator::find_scope(profile.spec.limits);
  return request;
}

int run(const RunOptions& options) {
  drawings_of(options);  // throws
  if (options.baseline_path.empty() && !options.baseline.waivers.empty())
    throw UsageError("--waivers: waives what is worse than a baseline; expected --baseline FILE too");
  if (!options.baseline_path.empty() && options.format == "junit")
    throw UsageError("--baseline: has no place in junit; expected --format table, json or markdown");
  // Before the run, which takes longer than it takes to see that a file is wrong.
  std::optional<Baseline> baseline;
  if (!options.baseline_path.empty()) baseline = read_baseline(options.baseline_path, options.baseline);
  const Request request = request_of(options);
  return isolator::under_keeper([&] {
    try {
      return run_and_report(request, baseline, options);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "escapement: %s\n", e.what());
      return no_answer;
    }
  });
}

}  // namespace escapement
