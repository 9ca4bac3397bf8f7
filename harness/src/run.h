#pragma once

#include "cell.h"
#include "guarantees.h"
#include "report.h"

#include <functional>
#include <string>
#include <vector>

namespace escapement {

/// The profiles that ship, from no sandbox at all to the strictest, and the three beside it.
extern const std::vector<std::string> ladder;

/// What a target builds when it is told nothing: a profile without claims, for targets but the isolator.
extern const char* const target_defaults;

/// What to run, and how.
struct Request {
  std::vector<std::string> targets{"isolator"};  ///< their ids
  std::string command;                           ///< the template of the target `command`
  std::vector<isolator::Profile> profiles;
  std::vector<std::string> profile_paths;  ///< their files, to take layers out of them
  std::vector<ProbeInfo> probes;
  isolator::Profile base;  ///< what the openings of the controls weaken: `strict`, or `rootless` without root
  std::string base_path;   ///< its file, to lay the openings over
  unsigned jobs = 1;
  bool leave_out_unbuildable =
      false;  ///< the ladder: a profile that this user may not build is named, and left out
  std::chrono::milliseconds patience{5000};
};

/// Plants what is attacked, runs every probe in every profile and its control beside them, judges, and takes
/// away what was planted. `progress` is told the finished and all cells, and what was run last. Throws
/// std::exception where the host does not let it plant, or an opening cannot be laid over the base.
Report run(const Request& request,
           const std::function<void(std::size_t done, std::size_t total, const std::string& what)>& progress);

}  // namespace escapement
