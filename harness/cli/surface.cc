#include "commands.h"

#include "../src/progress.h"
#include "../src/surface_report.h"

#include <isolator/keeper.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace escapement {
namespace {

int map_and_report(const Request& request, const RunOptions& options) {
  SurfaceReport report;
  {
    Progress bar(STDERR_FILENO, Style::detect(STDERR_FILENO, ::getenv), request.profiles.size() + 2);
    report =
        map_surfaces(request, [&](std::size_t done, const std::string& what) { bar.update(done, what); });
  }
  const bool json = options.format == "json";
  const Style style = options.output.empty() ? Style::detect(STDOUT_FILENO, ::getenv) : Style{};
  write_report(json ? to_json_text(report) : to_table(report, style), options.output);
  return exit_code(report);
}

}  // namespace

int surface(const RunOptions& given) {
  if (given.format != "table" && given.format != "json")
    throw UsageError("--format " + given.format + ": expected table or json");
  RunOptions options = given;
  options.probe_ids = {surface_probe};
  options.patience =
      60;  // each call that ends its caller takes another child, on half a processor in `strict`
  if (options.profiles.empty()) options.profiles = {geteuid() == 0 ? "strict" : "rootless"};
  const Request request = request_of(options);
  return isolator::under_keeper([&] {
    try {
      return map_and_report(request, options);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "escapement: %s\n", e.what());
      return no_answer;
    }
  });
}

}  // namespace escapement
