#include "inside.h"

#include <isolator/error.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace escapement {
namespace {

using isolator::Ns;

struct Name {
  const char* file;  // below /proc/PID/ns
  const char* word;  // in profiles and reports
  Ns ns;
};
constexpr Name names[] = {{"user", "user", Ns::user},       {"mnt", "mount", Ns::mount},
                          {"pid", "pid", Ns::pid},          {"net", "net", Ns::net},
                          {"ipc", "ipc", Ns::ipc},          {"uts", "uts", Ns::uts},
                          {"cgroup", "cgroup", Ns::cgroup}, {"time", "time", Ns::time}};

std::string proc(pid_t pid, const std::string& file) { return "/proc/" + std::to_string(pid) + "/" + file; }

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::system_error(errno, std::generic_category(), path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

}  // namespace

std::string identity_of(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return "";
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

Inside look_inside(pid_t pid) {
  Inside out{.pid = pid};
  for (const std::string& line : lines_of(proc(pid, "status")))
    if (line.starts_with("Uid:")) std::istringstream(line.substr(4)) >> out.uid;
  for (const std::string& line : lines_of(proc(pid, "uid_map"))) {
    isolator::IdRange range{};
    if (std::istringstream(line) >> range.inside >> range.outside >> range.count)
      out.uid_map.push_back(range);
  }
  for (const Name& name : names) {
    const std::string file = std::string("ns/") + name.file;
    const std::string own = identity_of("/proc/self/" + file), its = identity_of(proc(pid, file));
    if (own.empty()) continue;  // this kernel has no such namespace
    if (its.empty()) throw std::system_error(errno, std::generic_category(), proc(pid, file));
    out.namespaces[name.word] = own == its ? "shared" : "new";
  }
  out.cgroups = lines_of(proc(pid, "cgroup"));
  out.own_session = getsid(pid) != getsid(0);
  out.own_group = getpgid(pid) != getpgid(0);
  return out;
}

std::string misplaced(const Inside& inside, const isolator::Spec& spec,
                      const std::vector<std::string>& cgroups, const std::string& program) {
  for (const Name& name : names) {
    const auto found = inside.namespaces.find(name.word);
    const std::string seen = found == inside.namespaces.end() ? "missing" : found->second;
    const bool wanted = isolator::has(spec.unshare, name.ns);
    if (wanted && seen != "new") return "its " + std::string(name.word) + " namespace is " + seen;
    if (!wanted && seen == "new")
      return "its " + std::string(name.word) + " namespace is new, and should be the host's";
  }
  for (const std::string& cgroup : cgroups) {
    const std::string name = std::filesystem::path(cgroup).filename();
    const bool there = std::any_of(inside.cgroups.begin(), inside.cgroups.end(),
                                   [&](const std::string& line) { return line.ends_with("/" + name); });
    if (!there) return "it is not in the cgroup " + cgroup;
  }
  if (identity_of(proc(inside.pid, "exe")) != identity_of(program)) return "it does not execute " + program;
  return "";
}

}  // namespace escapement
