#include <isolator/scope.h>

#include "cgroup.h"
#include "cgroup_files.h"
#include "cgroup_shares.h"
#include "programs.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <thread>

namespace isolator {
namespace {

/// Whether a cgroup with these limits can be made, by making it.
bool has_cgroup(const std::vector<cgroup::Share>& shares) try {
  Cgroup::make_for(shares);
  return true;
} catch (const Error& error) {
  if (error.code().value() != EACCES) throw;
  return false;
}

bool has_systemd() {
  const char* directory = std::getenv("XDG_RUNTIME_DIR");
  return directory != nullptr && access((std::string(directory) + "/systemd/private").c_str(), W_OK) == 0;
}

/// org.freedesktop.systemd1(5), StartTransientUnit. busctl and not systemd-run, which would have to start
/// this program again and whose own failure has no exit status of its own.
void ask(const std::string& scope) {
  const std::string hint = "without it: systemd-run --user --scope -p Delegate=yes COMMAND";
  const std::string program = find_program("busctl", Step::cgroup, hint);
  const Started started = start_program({program,
                                         "--user",
                                         "--quiet",
                                         "call",
                                         "org.freedesktop.systemd1",
                                         "/org/freedesktop/systemd1",
                                         "org.freedesktop.systemd1.Manager",
                                         "StartTransientUnit",
                                         "ssa(sv)a(sa(sv))",
                                         scope,
                                         "fail",
                                         "3",
                                         "PIDs",
                                         "au",
                                         "1",
                                         std::to_string(getpid()),
                                         "Delegate",
                                         "b",
                                         "true",
                                         "CollectMode",
                                         "s",
                                         "inactive-or-failed",
                                         "0"},
                                        {}, Step::cgroup);
  const std::string said = started.errors();
  if (!end_program(started.pid)) throw Error(Step::cgroup, scope + " of systemd: " + said, EACCES, hint);
}

/// The answer came before the process was moved: systemd has only begun.
void await(const std::string& scope) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!cgroup::read_file("/proc/self/cgroup").ends_with("/" + scope + "\n")) {
    if (std::chrono::steady_clock::now() > end) throw Error(Step::cgroup, scope + " of systemd", ETIMEDOUT);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

void find_scope(const Limits& limits) {
  if (geteuid() == 0 || !limits.any() || !has_systemd()) return;
  const std::vector<cgroup::Share> shares = cgroup::shares(limits, cgroup::read_tables());
  const bool all_v2 =
      std::all_of(shares.begin(), shares.end(), [](const auto& one) { return one.hierarchy.v2; });
  if (!all_v2 || has_cgroup(shares)) return;
  const std::string scope = "isolator-" + std::to_string(getpid()) + ".scope";
  ask(scope);
  await(scope);
}

}  // namespace isolator
