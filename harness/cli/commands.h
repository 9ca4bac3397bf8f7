#pragma once

#include "../src/compare.h"
#include "../src/run.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace escapement {

/// Exit codes of `escapement`; an operation that went well has its own (see exit_code in report.h).
inline constexpr int bad_usage = 2, no_answer = 3;

/// What was asked for does not exist or makes no sense.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Where to take probes from.
struct ProbeOptions {
  std::string instead;              ///< of those that ship; empty: those
  std::vector<std::string> beside;  ///< them
};
std::vector<ProbeInfo> read_catalogue(const ProbeOptions& options);

struct ListOptions {
  std::string what, format = "table";
  ProbeOptions probes;
};
int list(const ListOptions& options);

struct ExplainOptions {
  std::string id, format = "table";
  ProbeOptions probes;
};
int explain(const ExplainOptions& options);

/// How a run is compared with an earlier one.
struct BaselineOptions {
  std::string waivers;     ///< their file; empty: none
  double time_factor = 3;  ///< how many times as long a launch may not take
};
struct Baseline {
  Report report;
  std::vector<Waiver> waivers;
  double time_factor;
};
/// Throws UsageError and isolator::ProfileError.
Baseline read_baseline(const std::string& path, const BaselineOptions& options);
Comparison compare_with(const Baseline& baseline, const Report& now);

struct CompareOptions {
  std::string base, now, format = "table", output;
  BaselineOptions baseline;
};
int compare(const CompareOptions& options);

struct RunOptions {
  std::vector<std::string> profiles, targets, probe_ids, classes, settings;
  std::string command;  ///< the template of the target of that name
  std::string format = "table", output;
  std::vector<std::string> more;  ///< FORMAT=FILE: the same report, in other formats
  std::string baseline_path;      ///< of a report to compare with; empty: none
  BaselineOptions baseline;
  ProbeOptions probes;
  unsigned jobs = 0;      ///< 0: one a processor
  unsigned patience = 5;  ///< seconds
  bool must_test = false, must_work = false;
};
int run(const RunOptions& options);

/// Against one profile, `strict` unless it names another; formats: table, json, html.
int calibrate(const RunOptions& options);

/// What the sandbox of each profile reaches of the kernel: `strict` unless it names others; formats: table,
/// json.
int surface(const RunOptions& options);

/// From within a sandbox: hands all over to the static program that a bundle holds too, and does not come
/// back.
int inside(const std::vector<std::string>& arguments);
/// Copies that program and the probes into a new directory.
int bundle(const std::string& directory);

/// What the options ask for. Throws UsageError and what reads profiles and probes throws.
Request request_of(const RunOptions& options);

/// To standard output where `output` is empty. Throws std::runtime_error.
void write_report(const std::string& text, const std::string& output);

}  // namespace escapement
