#include "commands.h"

#include "../src/compare.h"
#include "../src/compare_report.h"
#include "../src/report_json.h"
#include "../src/style.h"

#include <isolator/profile.h>

#include <unistd.h>

#include <cstdlib>

namespace escapement {
namespace {

Report read_report(const std::string& path) {
  try {
    return load_report(path);
  } catch (const ReportError& e) {
    throw UsageError(e.what());
  }
}

std::string text_of(const Comparison& comparison, const CompareOptions& options) {
  if (options.format == "json") return to_json_text(comparison);
  if (options.format == "markdown") return to_markdown(comparison);
  return to_table(comparison, options.output.empty() ? Style::detect(STDOUT_FILENO, ::getenv) : Style{});
}

}  // namespace

Baseline read_baseline(const std::string& path, const BaselineOptions& options) {
  Baseline out{read_report(path), {}, options.time_factor};
  if (!options.waivers.empty()) out.waivers = read_waivers(options.waivers);
  return out;
}

Comparison compare_with(const Baseline& baseline, const Report& now) {
  Comparison out = compare(baseline.report, now, baseline.time_factor);
  waive(out, baseline.waivers, today());
  return out;
}

int compare(const CompareOptions& options) {
  if (options.format != "table" && options.format != "json" && options.format != "markdown")
    throw UsageError("--format " + options.format + ": expected table, json or markdown");
  const Baseline baseline = read_baseline(options.base, options.baseline);
  const Comparison comparison = compare_with(baseline, read_report(options.now));
  write_report(text_of(comparison, options), options.output);
  return exit_code(comparison);
}

}  // namespace escapement
