#pragma once

#include "../src/probe_info.h"
#include "../src/record.h"

#include <map>
#include <string>

namespace escapement::unwitnessed {

/// What a probe says of itself. None of it is a verdict: there is no witness, and no control, so that a
/// kernel which lies, a probe that was tampered with and a call that nobody here may make all look like what
/// they are not.
enum class Claim { reached, refused, undecided };
std::string_view name(Claim);

/// Whether a namespace of this process is the host's.
enum class Standing { shared, own, unknown };
std::string_view name(Standing);

/// By "pid", "net", ..., and "session"; what is not there is unknown.
using Standings = std::map<std::string, Standing>;

struct Word {
  Claim claim = Claim::undecided;
  std::string reason;
  bool operator==(const Word&) const = default;
};

/// The probe's word, where it follows from its steps. Reached: an attempt passed, and in the host's own
/// namespace where it is about one. Refused: each attempt met one of its denials. All else is undecided, a
/// filter's errno too that is none of them.
Word word_of(const ProbeInfo& probe, const Record& record, const Standings& standings);

}  // namespace escapement::unwitnessed
