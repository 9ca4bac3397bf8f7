// What a sandbox really is: built, stopped before the first instruction of its program, looked at, and ended.

#include "commands.h"

#include <isolator/keeper.h>
#include <isolator/launch.h>
#include <isolator/pool.h>
#include <isolator/posture.h>
#include <isolator/scope.h>
#include <isolator/template.h>

#include <nlohmann/json.hpp>

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

namespace isolator::cli {
namespace {

void await_stop(pid_t pid) {
  siginfo_t stop{};
  while (waitid(P_PID, id_t(pid), &stop, WSTOPPED | WEXITED | WNOWAIT | __WALL) != 0)
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitid");
  if (stop.si_code != CLD_TRAPPED)
    throw std::system_error(ECHILD, std::generic_category(),
                            "the program did not live to its first instruction");
}

Posture observe_stopped(const Child& child, const Posture& asked) {
  await_stop(child.pid());
  return observe(child.pid(), asked);
}

Posture observe_built(const Plan& plan, const std::string& through, const Posture& asked) {
  if (through == "pool") return observe_stopped(Pool(plan, 1).take(), asked);
  if (through == "template") return observe_stopped(Template(plan).launch(), asked);
  return observe_stopped(launch(plan), asked);
}

void print_json(const std::string& profile, const Posture& facts, const std::vector<std::string>& found) {
  const nlohmann::ordered_json out = {{"profile", profile}, {"differences", found}, {"posture", facts}};
  std::puts(out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

// Facts of one subject under its name: "namespace.pid" and "namespace.net" under "namespace".
void print_text(const std::string& profile, const Posture& facts, const std::vector<std::string>& found) {
  std::size_t width = 0;
  for (const auto& [fact, value] : facts) width = std::max(width, fact.size());
  for (const auto& [fact, value] : facts)
    if (fact != "mounts") std::printf("  %-*s  %s\n", int(width), fact.c_str(), value.c_str());
  for (const std::string& difference : found) std::printf("! %s\n", difference.c_str());
  if (found.empty())
    std::printf("%s: every layer that can be seen is there.\n", profile.c_str());
  else
    std::printf("%s: %zu difference%s.\n", profile.c_str(), found.size(), found.size() == 1 ? "" : "s");
}

}  // namespace

int posture(const Options& options) try {
  Profile profile = load(options);
  Process& process = profile.spec.process;
  process.stop_at_exec = true;
  if (process.argv.empty()) {
    if (process.init.empty()) process.program = options.program;
    process.argv = {"payload"};
  }
  find_scope(profile.spec.limits);
  const Plan plan = compile(profile.spec);
  return in_child(
      [&](int) {
        try {
          const Posture wanted = expected(profile.spec);
          const Posture facts = observe_built(plan, options.through, wanted);
          const std::vector<std::string> found = differences(wanted, facts);
          options.json ? print_json(profile.name, facts, found) : print_text(profile.name, facts, found);
          std::fflush(stdout);
          return found.empty() ? 0 : 1;
        } catch (const std::exception& e) {
          return explain(e, options.json);
        }
      },
      process.new_session);
} catch (const std::exception& e) {
  return explain(e, options.json);
}

}  // namespace isolator::cli
