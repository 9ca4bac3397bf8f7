// escapement-inside: the probes' own word, from within a sandbox that somebody else has built. A static
// program, so that it runs wherever it is copied to: without a shell, without libraries, without /proc.

#include "attack.h"
#include "inside_report.h"
#include "orders.h"

#include <sys/auxv.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace {

using namespace escapement;
using namespace escapement::unwitnessed;

constexpr int bad_usage = 2, no_answer = 3;

struct Options {
  std::string format = "table", host, probes;
  std::vector<std::string> ids, classes;
  unsigned patience = 5;
  bool host_values = false;
};

// Beside this program, wherever it was copied to; or where the build and the installation have them. By
// /proc, or where there is none by the name that execve(2) was given.
std::string probes_directory() {
  std::error_code none;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", none);
  if (none) self = reinterpret_cast<const char*>(getauxval(AT_EXECFN));
  const std::filesystem::path beside = self.parent_path() / "probes",
                              built = self.parent_path() / "../../probes";
  return std::filesystem::is_directory(built, none) && !std::filesystem::is_directory(beside, none) ? built
                                                                                                    : beside;
}

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) throw std::invalid_argument(path + ": cannot be read");
  return text.str();
}

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::vector<ProbeInfo> chosen(const Options& options, const std::vector<ProbeInfo>& all) {
  for (const std::string& id : options.ids)
    if (std::none_of(all.begin(), all.end(), [&](const ProbeInfo& each) { return each.id == id; }))
      throw std::invalid_argument("--probe " + id + ": there is no such probe");
  for (const std::string& cls : options.classes)
    if (std::none_of(all.begin(), all.end(), [&](const ProbeInfo& each) { return each.cls == cls; }))
      throw std::invalid_argument("--class " + cls + ": no probe is of that class");
  std::vector<ProbeInfo> out;
  for (const ProbeInfo& each : all)
    if ((options.ids.empty() || contains(options.ids, each.id)) &&
        (options.classes.empty() || contains(options.classes, each.cls)))
      out.push_back(each);
  return out;
}

int run(const Options& options) {
  if (options.format != "table" && options.format != "json")
    throw std::invalid_argument("--format " + options.format + ": expected table or json");
  std::optional<HostValues> host;
  if (!options.host.empty()) host = values_of(text_of(options.host), options.host);
  const std::vector<ProbeInfo> all =
      read_catalogue({options.probes.empty() ? probes_directory() : options.probes});
  if (options.host_values) {
    std::puts(to_json(values_here(files_of(all))).dump(2).c_str());
    return 0;
  }
  const HostValues here = values_here({});
  const Standings standings = standings_of(host ? &*host : nullptr, here);
  InsideReport report;
  report.release = here.release;
  if (host) report.comparison = compare(*host, here);
  report.boundary = boundary_of(facts_here(), report.comparison);
  for (const ProbeInfo& probe : chosen(options, all)) {
    const Order order = order_for(probe, host ? &*host : nullptr, here, standings);
    if (!order.left_out.empty()) {
      report.left_out.push_back({probe, order.left_out});
      continue;
    }
    const Record record = attack(probe, order.text, std::chrono::seconds(options.patience));
    report.answers.push_back({probe, word_of(probe, record, standings), record.steps});
  }
  const std::string text = options.format == "json"
                               ? to_json_text(report)
                               : to_table(report, Style::detect(STDOUT_FILENO, ::getenv));
  if (std::fputs(text.c_str(), stdout) == EOF || std::fflush(stdout) == EOF)
    throw std::runtime_error("cannot write the report");
  return exit_code(report);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("What probes say of themselves, from within a sandbox: no witness looks from outside.",
               "escapement inside");
  app.set_version_flag("--version", "escapement inside " ESCAPEMENT_VERSION);
  app.add_option("--format", options.format, "table (default) or json")->type_name("F");
  app.add_option("--host", options.host, "compare with the host: what --host-values wrote there")
      ->type_name("FILE");
  app.add_flag("--host-values", options.host_values,
               "outside: print what tells this host from others, for --host");
  app.add_option("--probe", options.ids, "only this probe")->type_name("ID")->allow_extra_args(false);
  app.add_option("--class", options.classes, "only the probes of this class")
      ->type_name("C")
      ->allow_extra_args(false);
  app.add_option("--probes", options.probes, "where the probes are; default: beside this program")
      ->type_name("DIR");
  app.add_option("--patience", options.patience, "seconds that a probe may be silent; default: 5")
      ->check(CLI::Range(1U, 3600U))
      ->type_name("S");
  app.footer(
      "Exit status: 0 nothing was reached, and something was refused; 1 something was reached; 2 bad usage;\n"
      "3 nothing was decided.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : bad_usage;
  }
  std::signal(SIGPIPE, SIG_IGN);  // a probe that has ended is told of by its silence
  try {
    return run(options);
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "escapement inside: %s\n", e.what());
    return bad_usage;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "escapement inside: %s\n", e.what());
    return no_answer;
  }
}
