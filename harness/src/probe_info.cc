#include "probe_info.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>

namespace escapement {
namespace {

std::string in_quotes(const std::string& path) {
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string output_of(const std::string& path) {
  FILE* pipe = popen((in_quotes(path) + " --describe").c_str(), "re");
  if (pipe == nullptr) throw CatalogueError(path + ": cannot be started");
  std::string out;
  char buffer[4096];
  for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  const int status = pclose(pipe);
  if (status != 0) throw CatalogueError(path + " --describe: wait status " + std::to_string(status));
  return out;
}

}  // namespace

std::vector<ProbeInfo> describe_probes(const std::string& path) {
  std::vector<ProbeInfo> all;
  try {
    for (const nlohmann::json& d : nlohmann::json::parse(output_of(path))) {
      all.push_back({.id = d.at("id"),
                     .cls = d.at("class"),
                     .guarantee = d.at("guarantee"),
                     .summary = d.at("summary"),
                     .witness = d.at("witness"),
                     .attempts = {},
                     .opening = d.at("opening"),
                     .only_in_guest = d.value("only_in_guest", false),
                     .bundle = {},
                     .program = path,
                     .description = d});
      if (d.contains("bundle")) all.back().bundle = bundle_from(d.at("bundle"));
      for (const auto& attempt : d.at("attempts"))
        all.back().attempts.push_back({attempt.at("name"), attempt.at("denials"), attempt.at("passes"),
                                       attempt.at("absent"), attempt.value("scope", "")});
    }
  } catch (const CatalogueError&) {
    throw;
  } catch (const std::exception& e) {  // of the JSON, of the expressions of a bundle
    throw CatalogueError(path + " --describe: " + e.what());
  }
  return all;
}

std::vector<ProbeInfo> read_catalogue(const std::vector<std::string>& directories) {
  std::vector<ProbeInfo> out;
  for (const std::string& directory : directories) {
    const std::size_t before = out.size();
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(directory, failed))
      if (entry.is_regular_file() && access(entry.path().c_str(), X_OK) == 0)
        for (ProbeInfo& probe : describe_probes(entry.path())) out.push_back(std::move(probe));
    if (failed) throw CatalogueError(directory + ": " + failed.message());
    if (out.size() == before) throw CatalogueError(directory + ": no probes");
  }
  std::sort(out.begin(), out.end(), [](const ProbeInfo& a, const ProbeInfo& b) {
    return std::tie(a.cls, a.id) < std::tie(b.cls, b.id);
  });
  std::map<std::string, std::string> programs;
  for (const ProbeInfo& probe : out)
    if (const auto [first, added] = programs.emplace(probe.id, probe.program); !added)
      throw CatalogueError(probe.id + " is both in " + first->second + " and in " + probe.program);
  return out;
}

std::string probes_directory() {
  const std::filesystem::path top =
      std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  const std::filesystem::path built = top / "probes";
  return std::filesystem::is_directory(built) ? built : top / "libexec" / "escapement" / "probes";
}

}  // namespace escapement
