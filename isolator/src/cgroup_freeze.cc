#include <isolator/error.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <set>
#include <sstream>
#include <thread>

#include "cgroup_backend.h"
#include "cgroup_files.h"

// Linux, Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst and cgroup-v2.rst, "cgroup.freeze".

namespace isolator::cgroup {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience(5);

template <class Done>
void await(const std::string& directory, const Done& done) {
  for (const auto give_up = Clock::now() + patience; Clock::now() < give_up;) {
    if (done()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  fail(directory, ETIMEDOUT, "a process in it does not stop: it waits in the kernel for what does not come");
}

std::set<std::string> members(const std::string& directory) {
  std::set<std::string> all;
  const auto add = [&](const std::string& path) {
    std::istringstream in(read_if_there(path + "/cgroup.procs").value_or(""));
    for (std::string pid; in >> pid;) all.insert(pid);
  };
  add(directory);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_directory()) add(entry.path());
  return all;
}

}  // namespace

void freeze(const std::string& directory, bool v2) {
  if (v2) {
    write_file(directory + "/cgroup.freeze", "1");
    await(directory, [&] { return contains(read_file(directory + "/cgroup.events"), "frozen 1", '\n'); });
  } else {
    write_file(directory + "/freezer.state", "FROZEN");
    await(directory, [&] { return read_file(directory + "/freezer.state") == "FROZEN\n"; });
  }
}

void freeze_members(const std::string& directory, const std::string& others) {
  write_file(directory + "/freezer.state",
             "FROZEN");  // empty still: who is moved in stops, and forks no more
  await(directory, [&] {
    const std::set<std::string> in = members(directory);
    bool all = true;
    for (const std::string& pid : members(others)) {
      if (in.contains(pid)) continue;
      all = false;
      try {
        write_file(directory + "/cgroup.procs", pid);
      } catch (const Error& error) {
        if (error.code().value() != ESRCH) throw;  // it has ended
      }
    }
    return all && read_file(directory + "/freezer.state") == "FROZEN\n";
  });
}

void thaw(const std::string& directory, bool v2) {
  v2 ? write_file(directory + "/cgroup.freeze", "0") : write_file(directory + "/freezer.state", "THAWED");
}

}  // namespace isolator::cgroup
