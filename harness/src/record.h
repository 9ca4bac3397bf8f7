#pragma once

#include "report.h"

#include <map>
#include <string>
#include <vector>

namespace escapement {

/// What a witness saw.
struct Observation {
  enum class Finding {
    unchanged,  // nothing of the attack reached what was planted
    reached,    // it did
    unknown,    // the witness itself cannot tell any more
    undone,     // it was seen to, and then seen to have ended with the sandbox
  } finding = Finding::unchanged;
  std::string text;
};

/// What is on record of one probe in one sandbox, before anybody judges it: what the probe said, what the
/// host saw.
struct Record {
  std::string not_built;       ///< why there was no sandbox: step, object, errno
  std::string not_built_hint;  ///< what the reader can do about it
  int build_errno = 0;
  std::string not_planted;  ///< why there was nothing to attack
  std::string trouble;      ///< what was wrong with the conversation; empty: nothing
  std::string misplaced;    ///< why the process is not where the profile says; empty: it is
  std::map<std::string, std::string> namespaces;  ///< "pid" -> "new" or "shared"
  bool own_session = false, own_group = false;    ///< not that of who started it

  std::vector<Step> steps;
  std::vector<std::string> saw;
  std::string claim, claim_reason;
  bool absent = false;   ///< it says that this sandbox has nothing that could be attacked
  int exit_status = -1;  ///< of the probe; -1: it did not exit by itself
  int signal = 0;        ///< that ended it

  Observation live, after;  ///< while the probe held what it had; when nothing of the sandbox was left
  int left_behind = 0;      ///< processes that outlived the sandbox, until the harness killed them
  Times time;
};

/// As one line of JSON, on its way between two processes of the harness.
std::string to_line(const Record&);
Record from_line(const std::string& line);

}  // namespace escapement
