#include "commands.h"

#include "../src/calibrate.h"
#include "../src/calibrate_report.h"
#include "../src/progress.h"
#include "../src/style.h"

#include <isolator/keeper.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace escapement {
namespace {

std::string text_of(const Calibration& calibration, const RunOptions& options) {
  if (options.format == "json") return to_json_text(calibration);
  if (options.format == "html") return to_html(calibration);
  return to_table(calibration, options.output.empty() ? Style::detect(STDOUT_FILENO, ::getenv) : Style{});
}

int calibrate_and_report(const Request& request, const RunOptions& options) {
  Calibration calibration;
  {
    Progress bar(STDERR_FILENO, Style::detect(STDERR_FILENO, ::getenv), request.probes.size());
    calibration = calibrate(request, [&](std::size_t done, std::size_t total, const std::string& what) {
      bar.update(done * request.probes.size() / total, what);
    });
  }
  write_report(text_of(calibration, options), options.output);
  return exit_code(calibration);
}

}  // namespace

int calibrate(const RunOptions& given) {
  if (given.format != "table" && given.format != "json" && given.format != "html")
    throw UsageError("--format " + given.format + ": expected table, json or html");
  if (given.profiles.size() > 1) throw UsageError("one profile at a time is calibrated");
  RunOptions options = given;
  if (options.profiles.empty()) options.profiles = {geteuid() == 0 ? "strict" : "rootless"};
  const Request request = request_of(options);
  return isolator::under_keeper([&] {
    try {
      return calibrate_and_report(request, options);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "escapement: %s\n", e.what());
      return no_answer;
    }
  });
}

}  // namespace escapement
