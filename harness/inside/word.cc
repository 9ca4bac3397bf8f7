#include "word.h"

#include <string.h>

#include <algorithm>
#include <csignal>

namespace escapement::unwitnessed {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const ProbeInfo::Attempt* attempt_of(const ProbeInfo& probe, const Step& step) {
  for (const ProbeInfo::Attempt& each : probe.attempts)
    if (each.name == step.attempt) return &each;
  return nullptr;
}

Standing standing_of(const Standings& standings, const std::string& scope) {
  const auto found = standings.find(scope);
  return scope.empty() ? Standing::shared : found == standings.end() ? Standing::unknown : found->second;
}

std::string told(const Step& step) { return step.call + ": " + step.result; }

// What was wrong with the probe itself; empty: nothing.
std::string trouble(const Record& record) {
  const std::string signal =
      record.signal == 0 ? "" : std::string("killed by SIG") + sigabbrev_np(record.signal);
  if (record.signal == SIGSYS && record.claim.empty())
    return "a seccomp filter killed the probe before it had attacked";
  if (!record.trouble.empty())
    return "the probe failed: " + record.trouble + (signal.empty() ? "" : ", " + signal);
  if (!signal.empty()) return "the probe was " + signal;
  return "";
}

}  // namespace

std::string_view name(Claim claim) {
  return claim == Claim::reached ? "reached" : claim == Claim::refused ? "refused" : "undecided";
}

std::string_view name(Standing standing) {
  return standing == Standing::shared ? "shared" : standing == Standing::own ? "own" : "unknown";
}

Word word_of(const ProbeInfo& probe, const Record& record, const Standings& standings) {
  if (const std::string what = trouble(record); !what.empty()) return {Claim::undecided, what};
  std::map<std::string, const Step*> last;  // the last word of each attempt
  const Step* doubtful = nullptr;
  for (const Step& step : record.steps) {
    if (step.attempt.empty()) continue;
    const ProbeInfo::Attempt* attempt = attempt_of(probe, step);
    if (attempt == nullptr)
      return {Claim::undecided, "the probe reports an attempt that it does not declare: " + step.attempt};
    last[step.attempt] = &step;
    if (!contains(attempt->passes, step.result)) continue;
    const Standing standing = standing_of(standings, attempt->scope);
    if (standing == Standing::shared)
      return {Claim::reached,
              step.result == "ok" ? step.call + " passed" : told(step) + ", so it was permitted"};
    if (standing == Standing::unknown && doubtful == nullptr) doubtful = &step;
  }
  if (doubtful != nullptr)
    return {Claim::undecided, told(*doubtful) + ", which reaches the host only if the " +
                                  attempt_of(probe, *doubtful)->scope +
                                  " here is the host's: --host FILE would tell"};
  if (record.claim == "undecided" || last.empty())
    return {Claim::undecided, record.claim_reason.empty() ? "no attempt was made" : record.claim_reason};
  std::string refusals;
  for (const auto& [attempt, step] : last) {
    const ProbeInfo::Attempt& declared = *attempt_of(probe, *step);
    if (!contains(declared.denials, step->result) && !contains(declared.passes, step->result))
      return {Claim::undecided, told(*step) + ", neither passed nor denied"};
    refusals += (refusals.empty() ? "" : "; ") + told(*step);
  }
  return {Claim::refused, refusals};
}

}  // namespace escapement::unwitnessed
