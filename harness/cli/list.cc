#include "commands.h"

#include "../src/guarantees.h"
#include "../src/probe_info.h"
#include "../src/report_list.h"
#include "../src/run.h"
#include "../src/style.h"
#include "../src/target/target.h"

#include <isolator/paths.h>
#include <isolator/profile.h>

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace escapement {
namespace {

using nlohmann::ordered_json;

struct Table {
  std::vector<std::string> headings;  // of the members of the JSON objects that a person reads
  ordered_json rows = ordered_json::array();
};

std::string joined(const ordered_json& value) {
  if (value.is_string()) return value;
  if (value.is_boolean()) return value ? "yes" : "no";
  std::string out;
  for (const auto& item : value) out += (out.empty() ? "" : " ") + item.get<std::string>();
  return out;
}

Table probes(const ProbeOptions& options) {
  Table out{{"id", "class", "guarantee", "summary"}};
  for (const ProbeInfo& probe : read_catalogue(options)) out.rows.push_back(ordered_json(probe.description));
  return out;
}

Table profiles() {
  Table out{{"id", "summary", "claims"}};
  for (const std::string& name : ladder) {
    const std::string path = isolator::profile_path(name);
    const isolator::Profile profile = isolator::load_profile(path);
    out.rows.push_back({{"id", name},
                        {"summary", profile.summary},
                        {"claims", profile.claims},
                        {"layers", layers(profile.spec)},
                        {"path", path}});
  }
  return out;
}

Table guarantees(const ProbeOptions& options) {
  Table out{{"id", "probes", "sentence"}};
  const std::vector<ProbeInfo> all = read_catalogue(options);
  for (const Guarantee& guarantee : read_guarantees(isolator::share_directory() + "/guarantees.toml")) {
    ordered_json attackers = ordered_json::array();
    for (const ProbeInfo& probe : all)
      if (probe.guarantee == guarantee.id) attackers.push_back(probe.id);
    out.rows.push_back({{"id", guarantee.id}, {"sentence", guarantee.sentence}, {"probes", attackers}});
  }
  return out;
}

Table targets() {
  Table out{{"id", "available", "summary", "reason"}};
  const auto add = [&](const char* id, const char* summary, const std::string& missing,
                       const std::string& version) {
    out.rows.push_back(
        {{"id", id}, {"available", missing.empty()}, {"summary", summary}, {"reason", missing}});
    if (!version.empty()) out.rows.back()["version"] = version;
  };
  add("isolator", "the project's own sandbox builder", "", ESCAPEMENT_VERSION);
  for (const TargetKind& kind : target_kinds) {
    const std::string missing = kind.missing();
    add(kind.id, kind.summary, missing, missing.empty() ? kind.version() : "");
  }
  add("command", "a command line of your own: --command 'my-sandbox {probe}'", "", "");
  return out;
}

Table table_of(const ListOptions& options) {
  if (options.what == "probes") return probes(options.probes);
  if (options.what == "profiles") return profiles();
  if (options.what == "guarantees") return guarantees(options.probes);
  if (options.what == "targets") return targets();
  throw UsageError("list " + options.what + ": expected probes, profiles, guarantees or targets");
}

void check_format(const std::string& format) {
  if (format != "table" && format != "json")
    throw UsageError("--format " + format + ": expected table or json");
}

}  // namespace

std::vector<ProbeInfo> read_catalogue(const ProbeOptions& options) {
  std::vector<std::string> directories = options.beside;
  directories.push_back(options.instead.empty() ? probes_directory() : options.instead);
  return read_catalogue(directories);
}

int list(const ListOptions& options) {
  check_format(options.format);
  const Table table = table_of(options);
  if (options.format == "json") {
    std::puts(table.rows.dump(2).c_str());
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const ordered_json& row : table.rows) {
    rows.emplace_back();
    for (const std::string& heading : table.headings) rows.back().push_back(joined(row.at(heading)));
  }
  std::fputs(to_list(table.headings, rows, Style::detect(STDOUT_FILENO, ::getenv)).c_str(), stdout);
  return 0;
}

int explain(const ExplainOptions& options) {
  check_format(options.format);
  for (const ProbeInfo& probe : read_catalogue(options.probes)) {
    if (probe.id != options.id) continue;
    if (options.format == "json")
      std::puts(probe.description.dump(2).c_str());
    else
      std::fputs(to_explanation(probe.description, Style::detect(STDOUT_FILENO, ::getenv)).c_str(), stdout);
    return 0;
  }
  throw UsageError("explain " + options.id + ": there is no such probe; see escapement list probes");
}

}  // namespace escapement
