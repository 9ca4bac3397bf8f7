#include "leftovers.h"

#include "../inside.h"
#include "control_groups.h"
#include "programs.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <thread>
#include <utility>

namespace escapement {

std::vector<pid_t> executing(const std::string& identity) {
  std::vector<pid_t> out;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry("/proc", gone), end; !gone && entry != end;
       entry.increment(gone)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") == name.npos &&
        identity_of(entry->path().string() + "/exe") == identity)
      out.push_back(pid_t(std::stol(name)));
  }
  return out;
}

Leftovers::Leftovers(const Invocation& invocation, const std::string& identity)
    : invocation_(invocation), identity_(identity) {
  for (const std::string& cgroup : invocation.cgroups) entries_.emplace_back(cgroup);
}

Leftovers::~Leftovers() {
  try {
    remove();
    kill();
    remove_control_groups();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "escapement: cannot remove a sandbox: %s\n", e.what());
  }
}

std::string Leftovers::remove() {
  if (std::exchange(removed_, true) || invocation_.remove.empty()) return "";
  const Said said = run_program(invocation_.remove);
  return said.status == 0 ? "" : quoted(invocation_.remove) + ": " + said.text.substr(0, 200);
}

int Leftovers::kill() {
  if (std::exchange(killed_, true)) return 0;
  std::vector<pid_t> left = executing(identity_);
  for (int tries = 0; tries < 100 && !left.empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    left = executing(identity_);
  }
  for (int tries = 0; tries < 500; ++tries) {
    const std::vector<pid_t> still = executing(identity_);
    if (still.empty()) break;
    for (const pid_t pid : still) ::kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return int(left.size());
}

void Leftovers::remove_control_groups() {
  if (std::exchange(emptied_, true)) return;
  for (const std::string& cgroup : invocation_.cgroups) remove_control_group(cgroup);
}

}  // namespace escapement
