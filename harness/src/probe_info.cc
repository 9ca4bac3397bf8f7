#include "probe_info.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>

namespace escapement {
namespace {

// Without a shell: inside of a sandbox there may be none.
std::string output_of(const std::string& path) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw CatalogueError(path + ": pipe2: " + std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = path, argument = "--describe";
  char* const arguments[] = {program.data(), argument.data(), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string out;
  char buffer[4096];
  for (ssize_t n;
       error == 0 && ((n = read(ends[0], buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR));)
    if (n > 0) out.append(buffer, std::size_t(n));
  close(ends[0]);
  if (error != 0) throw CatalogueError(path + ": cannot be started: " + std::strerror(error));
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
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
