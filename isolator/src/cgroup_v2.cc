#include <isolator/error.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <vector>

#include "cgroup_backend.h"
#include "cgroup_files.h"

// Linux, Documentation/admin-guide/cgroup-v2.rst.

namespace isolator::cgroup::v2 {

namespace {

/// Of the controllers that `limits` need, those that `directory` does not pass on to its children.
std::vector<std::string> missing(const std::string& directory, const Limits& limits) {
  const std::string passed = read_file(directory + "/cgroup.subtree_control");
  std::vector<std::string> names;
  const auto need = [&](bool wanted, const char* name) {
    if (wanted && !contains(passed, name, ' ')) names.emplace_back(name);
  };
  need(limits.pids.has_value(), "pids");
  need(limits.memory.has_value(), "memory");
  need(limits.cpu.has_value(), "cpu");
  need(!limits.cpus.empty() || !limits.mems.empty(), "cpuset");
  need(limits.io_weight || !limits.io_max.empty(), "io");
  return names;
}

/// Would a cgroup below this one be of use? In a threaded subtree it is born invalid, and no process may
/// enter it.
bool is_domain(const std::string& directory) {
  return read_if_there(directory + "/cgroup.type").value_or("domain\n") ==
         "domain\n";  // the root has no such file
}

void enable(const std::string& directory, const Limits& limits) {
  // The kernel itself refuses this for memory only. With pids or cpu it makes the whole cgroup threaded, in
  // which nothing new can be made: cgroups(7), "Thread mode".
  if (read_if_there(directory + "/cgroup.type") && !read_file(directory + "/cgroup.procs").empty())
    fail(
        directory, EBUSY,
        "a cgroup that holds processes cannot pass controllers on: move them into one of their own below it");
  const std::string file = directory + "/cgroup.subtree_control";
  for (const std::string& name : missing(directory, limits)) write_file(file, "+" + name);
  if (!missing(directory, limits).empty())
    fail(file, ERANGE, "a controller was written, but is not passed on");
}

/// May the caller make a cgroup in it, and start a process there?
bool may_hold_ours(const std::string& directory) {
  const std::string procs = directory + "/cgroup.procs";
  return ::access(directory.c_str(), W_OK | X_OK) == 0 && ::access(procs.c_str(), W_OK) == 0;
}

/// The caller's own cgroup, which was given to a user: cgroups(7), "Delegation". It can pass controllers on
/// when it holds no process any more, so those that it holds go into one below it.
std::string delegated(std::string own, const Limits& limits) {
  constexpr std::string_view callers = "/escapement-callers";
  if (own.ends_with(callers)) own.resize(own.size() - callers.size());
  const std::string control = own + "/cgroup.subtree_control";
  if (!may_hold_ours(own) || ::access(control.c_str(), W_OK) != 0) fail(own, EACCES);
  const std::string given = read_file(own + "/cgroup.controllers");
  for (const std::string& name : missing(own, limits))
    if (!contains(given, name, ' '))
      fail(own, EACCES,
           "this cgroup is delegated to the user without the controller " + name +
               ": systemd-run --user --scope -p \"Delegate=cpu cpuset io memory pids\" COMMAND");
  const std::string leaf = own + std::string(callers);
  if (::mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) fail(leaf, errno);
  for (std::string pids; !(pids = read_file(own + "/cgroup.procs")).empty();) {
    std::string_view rest = pids;
    while (!rest.empty()) {
      const std::string pid(next(rest, '\n'));
      try {
        write_file(leaf + "/cgroup.procs", pid);
      } catch (const Error& error) {
        if (error.code().value() != ESRCH) throw;  // it has ended
      }
    }
  }
  enable(own, limits);
  return own;
}

}  // namespace

std::string parent(const Hierarchy& hierarchy, const Limits& limits) {
  std::string directory = hierarchy.own;
  while (!may_hold_ours(directory) || !is_domain(directory) || !missing(directory, limits).empty()) {
    if (directory.size() <= hierarchy.mount.size()) {
      if (::geteuid() != 0) return delegated(hierarchy.own, limits);
      enable(directory, limits);
      return directory;
    }
    directory.resize(directory.rfind('/'));
  }
  return directory;
}

void limit(const std::string& directory, const Limits& limits) {
  if (limits.pids) {
    const std::string number = std::to_string(*limits.pids);
    set(directory + "/pids.max", number, number);
  }
  if (limits.memory) {
    set(directory + "/memory.max", std::to_string(*limits.memory), in_pages(*limits.memory));
    const std::string file = directory + "/memory.swap.max";
    const std::uint64_t swap = limits.swap.value_or(0);
    if (!set_if_there(file, std::to_string(swap), in_pages(swap))) require_no_swap(file);
  }
  if (limits.cpu) {
    const Bandwidth cpu = bandwidth(*limits.cpu);
    const std::string both = cpu.quota + " " + cpu.period;
    set(directory + "/cpu.max", both, both);
  }
  limit_cpuset(directory, limits, true);
  limit_io(directory, limits, true);
  limit_devices(directory, limits, true);
}

void count(const std::string& directory, const Limits& limits, Counters& counters) {
  const auto read = [&](bool limited, std::initializer_list<const char*> files) {
    for (const char* file : files)
      if (limited) count_file(directory + "/" + file, file, counters);
  };
  read(limits.pids.has_value(), {"pids.events", "pids.peak"});
  read(limits.memory.has_value(), {"memory.events", "memory.peak"});
  read(limits.cpu.has_value(), {"cpu.stat"});
}

}  // namespace isolator::cgroup::v2
