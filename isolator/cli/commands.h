#pragma once

#include <isolator/profile.h>

#include <sys/types.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace isolator::cli {

constexpr int bad_usage = 2, cannot_build = 125, cannot_execute = 126, not_found = 127;

struct Options {
  std::string profile;
  std::vector<std::string> settings, command;
  pid_t pid = 0;                                             ///< enter
  std::vector<std::string> namespaces;                       ///< enter
  std::string program = "/proc/self/exe", through = "cold";  ///< posture
  bool json = false, trace = false;
  bool terminal = false;         ///< run and enter
  std::vector<std::string> fds;  ///< run and enter: OUTSIDE or OUTSIDE:INSIDE
};

/// The profile with its settings and the command; a caller who is root has become nobody where it says so.
Profile load(const Options&);

/// The same for `enter`, whose profile is empty where none is named, and joins the namespaces.
Profile load_to_enter(const Options&);

/// "7" is 7 outside and 7 inside, "7:3" 3 inside; -1 for what is no number.
std::pair<int, int> parse_fd(const std::string&);

/// Tells what failed, as JSON if that is asked for, and returns the exit status that says so.
int explain(const std::exception&, bool json = false);

// One function a command; each returns the exit status.
int run(const Options&);
int enter(const Options&);
int plan(const Options&);
int posture(const Options&);
int doctor(const Options&);

}  // namespace isolator::cli
