#pragma once

#include <isolator/profile.h>

#include <exception>
#include <string>
#include <vector>

namespace isolator::cli {

constexpr int bad_usage = 2, cannot_build = 125, cannot_execute = 126, not_found = 127;

struct Options {
  std::string profile;
  std::vector<std::string> settings, command;
  std::string program = "/proc/self/exe", through = "cold";  ///< posture
  bool json = false, trace = false;
};

/// The profile with its settings and the command; a caller who is root has become nobody where it says so.
Profile load(const Options&);

/// Tells what failed, as JSON if that is asked for, and returns the exit status that says so.
int explain(const std::exception&, bool json = false);

// One function a command; each returns the exit status.
int run(const Options&);
int plan(const Options&);
int posture(const Options&);
int doctor(const Options&);

}  // namespace isolator::cli
