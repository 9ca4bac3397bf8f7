#pragma once

#include "probe_info.h"
#include "record.h"
#include "witness/witness.h"

#include <isolator/profile.h>

#include <chrono>

namespace escapement {

class Conversation;
class Target;

/// One probe in one sandbox.
struct Cell {
  const isolator::Profile* profile = nullptr;
  const ProbeInfo* probe = nullptr;
  const Plantings* plantings = nullptr;
  Demand demand;
  std::chrono::milliseconds patience{5000};  ///< with a silent probe; a fifth of it for its end
  std::string order;                         ///< KEY=VALUE for the probe, beside what the witness tells it
  const Target* target = nullptr;            ///< who builds it; none: the isolator
  const isolator::Spec* told = nullptr;      ///< what a target is told; none: nothing, these are its defaults
  const std::string* workplaces = nullptr;   ///< of a target: a directory for the directories of sandboxes
  bool control = false;                      ///< its defence was taken away
};

/// Builds the sandbox, lets the probe attack, looks before, during and after, and leaves nothing. It needs a
/// process of its own, which it makes a subreaper and, for a profile that is rootless, nobody's: what is left
/// over then belongs to this cell. Never throws: what went wrong is on record.
Record run_cell(const Cell& cell);

/// Once the probe has greeted, and `inside` is known: plants, gives the order, takes down what the probe
/// says, and looks. False where there is no claim; else the probe still lives, and waits.
bool attack_inside(const Cell& cell, const Inside& inside, Conversation& conversation, Witness& witness,
                   Record& record);

/// Has the process ended, or does it within that time?
bool ended_within(int pidfd, std::chrono::milliseconds time);

/// What the attacks on limits must ask for in this sandbox to tell whether its limits hold.
Demand demand_of(const isolator::Spec& spec);

}  // namespace escapement
