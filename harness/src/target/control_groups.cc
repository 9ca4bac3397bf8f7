#include "control_groups.h"

#include "../host.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <thread>

namespace escapement {
namespace {

struct Hierarchy {
  std::string mount, controllers;  ///< controllers: empty for that of version 2
  bool v2 = false;
};

// proc_pid_mountinfo(5): the mount point is the fifth field, the type the first after a lone hyphen.
std::vector<Hierarchy> hierarchies() {
  std::ifstream file("/proc/self/mountinfo");
  if (!file) throw std::system_error(errno, std::generic_category(), "/proc/self/mountinfo");
  std::vector<Hierarchy> out;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line), rest(line.substr(std::min(line.size(), line.find(" - ") + 3)));
    std::string skipped, mount, type, source, options;
    fields >> skipped >> skipped >> skipped >> skipped >> mount;
    rest >> type >> source >> options;
    if (type == "cgroup2") out.push_back({mount, "", true});
    if (type == "cgroup") out.push_back({mount, options, false});
  }
  return out;
}

bool has_controller(const std::string& list, const std::string& one) {
  const std::vector<std::string> all = comma_list(list);
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// The directory of a process in the hierarchy of `controller`; empty where it is in none.
std::string directory_of(const Inside& inside, const std::string& controller) {
  std::string unified;
  for (const std::string& line : inside.cgroups) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      path = line.substr(second + 1);
    for (const Hierarchy& one : hierarchies()) {
      if (!one.v2 && has_controller(controllers, controller) && has_controller(one.controllers, controller))
        return one.mount + path;
      if (one.v2 && controllers.empty()) unified = one.mount + path;
    }
  }
  return unified;
}

void count(std::map<std::string, std::uint64_t>& out, const std::string& path, const std::string& key,
           const std::string& name) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  for (std::string word; file >> word >> value;)
    if (word == key) out[name] = value;
}

}  // namespace

bool is_hybrid() {
  std::ifstream mounts("/proc/self/mountinfo");
  return cgroup_mode(std::string(std::istreambuf_iterator<char>(mounts), {})) == "hybrid";
}

std::vector<std::string> control_group_directories(const std::string& path) {
  std::vector<std::string> out;
  for (const Hierarchy& one : hierarchies()) out.push_back(one.mount + path);
  return out;
}

void remove_control_group(const std::string& directory) {
  namespace fs = std::filesystem;
  std::error_code gone;
  std::vector<fs::path> below;
  for (fs::directory_iterator entry(directory, gone), end; !gone && entry != end; entry.increment(gone))
    if (entry->is_directory(gone)) below.push_back(entry->path());
  for (const fs::path& one : below) remove_control_group(one);
  // A process that was killed leaves it a moment after it was waited for.
  for (int tries = 0; rmdir(directory.c_str()) != 0 && errno != ENOENT; ++tries) {
    if (errno != EBUSY || tries == 500) throw std::system_error(errno, std::generic_category(), directory);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::map<std::string, std::uint64_t> counters_of(const Inside& inside) {
  std::map<std::string, std::uint64_t> out;
  if (const std::string pids = directory_of(inside, "pids"); !pids.empty())
    count(out, pids + "/pids.events", "max", "pids.events.max");
  if (const std::string memory = directory_of(inside, "memory"); !memory.empty()) {
    count(out, memory + "/memory.oom_control", "oom_kill", "memory.events.oom_kill");  // v1, Linux 4.13
    count(out, memory + "/memory.events", "oom_kill", "memory.events.oom_kill");
  }
  return out;
}

}  // namespace escapement
