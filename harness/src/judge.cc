#include "judge.h"

#include <string.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using Kind = isolator::Seccomp::Action::Kind;

bool contains(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

int status_for(const std::string& claim) { return claim == "escaped" ? 10 : claim == "contained" ? 0 : 77; }

// The steps that decided, as one clause.
std::string decided_by(const std::vector<Step>& steps) {
  std::vector<std::string> parts;
  for (const Step& step : steps) {
    const std::string part = step.call + ": " + step.result;
    if (!step.attempt.empty() && !contains(parts, part)) parts.push_back(part);
  }
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "; ") + part;
  return out;
}

// What was wrong before any question of containment comes up; empty: nothing.
std::string defect(const ProbeInfo& probe, const Record& r) {
  if (!r.not_built.empty())
    return "the sandbox could not be built: " + r.not_built +
           (r.not_built_hint.empty() ? "" : " (" + r.not_built_hint + ")");
  if (!r.trouble.empty())
    return "the probe failed: " + r.trouble +
           (r.signal != 0 ? ", killed by SIG" + std::string(sigabbrev_np(r.signal)) : "");
  if (!r.misplaced.empty()) return "the probe does not run where the profile says: " + r.misplaced;
  if (r.signal != 0) return "the probe was killed by SIG" + std::string(sigabbrev_np(r.signal));
  for (const Step& step : r.steps)
    if (!step.attempt.empty() && std::none_of(probe.attempts.begin(), probe.attempts.end(),
                                              [&](const auto& a) { return a.name == step.attempt; }))
      return "the probe reports an attempt that it does not declare: " + step.attempt;
  const std::string own = follows(probe, r);
  const bool modest = r.claim == "undecided" && own == "contained";  // it knows of something that it lacked
  if (r.claim != own && !modest)
    return "the probe claims " + r.claim + ", but its steps say " + own + ": " + decided_by(r.steps);
  if (r.exit_status != status_for(r.claim))
    return "the probe claims " + r.claim + ", but exits with " + std::to_string(r.exit_status);
  return "";
}

const Observation& seen(const Record& r) {
  return r.live.finding == Finding::reached || r.after.text.empty() ? r.live : r.after;
}

// A step that passed by an errno with which the filter refuses.
const Step* ambiguous(const ProbeInfo& probe, const Record& record, const std::vector<std::string>& denials) {
  for (const Step& step : record.steps)
    if (passed(probe, record, step) && contains(denials, step.result)) return &step;
  return nullptr;
}

// Does every step that decides say that there is no such thing here?
bool all_absent(const ProbeInfo& probe, const std::vector<Step>& steps) {
  bool any = false;
  for (const Step& step : steps) {
    if (step.attempt.empty()) continue;
    any = std::any_of(probe.attempts.begin(), probe.attempts.end(), [&](const ProbeInfo::Attempt& attempt) {
      return attempt.name == step.attempt && contains(attempt.absent, step.result);
    });
    if (!any) return false;
  }
  return any;
}

// Did who was to start it from its bundle refuse, in the words of one that was mended? Any other failure to
// start decides nothing.
bool refused_to_start(const ProbeInfo& probe, const Record& r) {
  return probe.bundle && !r.not_built.empty() && is_refusal(*probe.bundle, r.not_built) &&
         r.live.finding != Finding::reached && r.after.finding != Finding::reached && r.left_behind == 0;
}

// Both ends of what is too long to read: runtimes begin with the reason, or end with it.
std::string both_ends(const std::string& said) {
  constexpr std::size_t end = 200;
  if (said.size() <= 2 * end) return said;
  return said.substr(0, end) + " ... " + said.substr(said.size() - end);
}

Judgement judge_alone(const ProbeInfo& probe, const Record& r, const std::vector<std::string>& more_denials) {
  // The filter killed it before it could say what it tried: an end, but no decision about the attack.
  if (r.signal == SIGSYS && r.claim.empty())
    return {Verdict::not_testable, "the seccomp filter killed the probe before it had attacked"};
  if (!r.not_planted.empty()) return {Verdict::not_testable, r.not_planted, r.absent};
  if (const std::string what = defect(probe, r); !what.empty()) return {Verdict::broken, what};

  if (const Step* step = ambiguous(probe, r, more_denials))
    return {Verdict::not_testable,
            step->call + ": " + step->result +
                " is the word of the filter as well as that of a kernel that permits it"};
  const bool reached = r.live.finding == Finding::reached || r.after.finding == Finding::reached;
  const bool modest = r.claim == "undecided" && follows(probe, r) == "contained";
  const std::string claim = modest ? r.claim : follows(probe, r, more_denials);
  if (claim == "escaped" && !reached && r.after.finding == Finding::undone)
    return {Verdict::contained, r.claim_reason + "; " + r.after.text};
  if (claim == "escaped")
    return reached
               ? Judgement{Verdict::escaped, r.claim_reason + "; " + seen(r).text}
               : Judgement{Verdict::broken,
                           "the probe claims to have escaped, the witness does not see it: " + seen(r).text};
  if (reached) return {Verdict::broken, "the probe claims " + r.claim + ", but " + seen(r).text};
  if (claim == "undecided")
    return {Verdict::not_testable,
            "the attack reached no decision: " +
                (decided_by(r.steps).empty() ? r.claim_reason : r.claim_reason + "; " + decided_by(r.steps)),
            r.absent};
  if (r.after.finding == Finding::unknown || r.live.finding == Finding::unknown)
    return {Verdict::broken, "the witness cannot tell: " + seen(r).text};
  if (r.left_behind > 0)
    return {Verdict::broken, "processes outlived the sandbox: " + std::to_string(r.left_behind)};
  return {Verdict::contained, decided_by(r.steps)};
}

}  // namespace

std::string follows(const ProbeInfo& probe, const Record& record,
                    const std::vector<std::string>& more_denials) {
  std::map<std::string, const Step*> last;  // the last word of each attempt; that it passed stays
  for (const Step& step : record.steps) {
    if (step.attempt.empty()) continue;
    if (passed(probe, record, step)) return "escaped";
    last[step.attempt] = &step;
  }
  const auto denied = [&](const auto& one) {
    const std::string& result = one.second->result;
    if (contains(more_denials, result)) return true;
    return std::any_of(probe.attempts.begin(), probe.attempts.end(), [&](const ProbeInfo::Attempt& attempt) {
      // What passed did so among its own, or the answer were another.
      return attempt.name == one.first &&
             (contains(attempt.denials, result) || contains(attempt.passes, result));
    });
  };
  return !last.empty() && std::all_of(last.begin(), last.end(), denied) ? "contained" : "undecided";
}

bool passed(const ProbeInfo& probe, const Record& record, const Step& step) {
  return std::any_of(probe.attempts.begin(), probe.attempts.end(), [&](const ProbeInfo::Attempt& attempt) {
    if (attempt.name != step.attempt || !contains(attempt.passes, step.result)) return false;
    if (attempt.scope == "session") return !record.own_session;
    if (attempt.scope == "group") return !record.own_group;
    const auto scope = record.namespaces.find(attempt.scope);
    return scope == record.namespaces.end() || scope->second == "shared";
  });
}

std::vector<std::string> filter_denials(const isolator::Spec& spec) {
  std::vector<std::string> out;
  if (!spec.seccomp) return out;
  const auto add = [&](const isolator::Seccomp::Action& action) {
    if (action.kind == Kind::fail && action.err != 0) out.emplace_back(strerrorname_np(action.err));
  };
  add(spec.seccomp->otherwise);
  for (const auto& rule : spec.seccomp->rules) add(rule.action);
  return out;
}

Judgement judge_control(const ProbeInfo& probe, const Record& record) {
  // Any other refusal is a mistake of the opening.
  if (record.build_errno == EPERM && record.not_built.starts_with("capabilities "))
    return {Verdict::not_testable, "this user cannot take the defence away: " + record.not_built, true};
  Judgement out = judge_alone(probe, record, {});
  // Its defence is gone, so a refusal is the kernel's own.
  const bool refused = out.verdict == Verdict::not_testable || out.verdict == Verdict::contained;
  if (refused && all_absent(probe, record.steps))
    return {Verdict::not_testable, "this kernel has nothing to attack: " + decided_by(record.steps), true};
  return out;
}

Judgement judge(const ProbeInfo& probe, const isolator::Spec& spec, const Record& record,
                const Judgement& control) {
  return judge(probe, filter_denials(spec), record, control);
}

Judgement judge(const ProbeInfo& probe, const std::vector<std::string>& denials, const Record& record,
                const Judgement& control) {
  const bool fired = control.verdict == Verdict::escaped;
  Judgement out = refused_to_start(probe, record)
                      ? Judgement{Verdict::contained, "it was not started: " + both_ends(record.not_built)}
                      : judge_alone(probe, record, fired ? denials : std::vector<std::string>());
  const bool without_proof = out.verdict == Verdict::contained && !fired;
  if (control.absent && (without_proof || out.verdict == Verdict::not_testable)) return control;
  if (without_proof)
    return {Verdict::not_testable,
            "the control did not escape, so being refused proves nothing: " + control.reason};
  return out;
}

}  // namespace escapement
