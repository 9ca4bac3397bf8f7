#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace escapement {

using std::chrono::microseconds;

/// What is known about one attack on one sandbox; docs/verdicts.md.
enum class Verdict { contained, escaped, not_testable, broken };
/// What it means for the profile: pass (claimed and contained, or not claimed), fail (claimed and escaped),
/// skip (not testable), error (broken).
enum class Outcome { pass, fail, skip, error };
std::string_view name(Verdict);  ///< as in the report: "contained", "escaped", "not-testable", "broken"
std::string_view name(Outcome);  ///< "pass", "fail", "skip", "error"

/// The outcome that follows from a verdict: the one place where a claim and what was seen meet.
Outcome outcome_of(Verdict, bool claimed);

/// Which system call it was; by int $0x80 the numbers are those of i386.
struct SystemCall {
  long number = 0;
  bool i386 = false;
  bool operator==(const SystemCall&) const = default;
};

/// One call of a probe and what the kernel answered: "ok", an errno name, a signal name or "no effect".
struct Step {
  std::string call, result;
  std::string attempt;             ///< not empty on the steps that decide: which attempt of the probe's it is
  std::optional<SystemCall> made;  ///< where the probe says that it is one; not part of a report
};

/// What the host saw for itself.
struct Testimony {
  std::string kind, observed;
};

/// The same attack in the same run where the defence was taken away.
struct Control {
  std::vector<std::string> opening;  ///< settings over `base`
  std::string base;                  ///< the profile that they weaken: "strict" or "rootless"
  Verdict verdict = Verdict::not_testable;
  std::string reason;
  bool absent = false;  ///< this kernel has nothing there to attack
};

struct Times {
  microseconds launch{}, probe{}, teardown{};
  std::vector<std::pair<std::string, microseconds>> launch_steps;  ///< isolator::Step by name
};

/// One cell: one probe in one sandbox.
struct Result {
  std::string probe, cls, guarantee;
  Verdict verdict = Verdict::broken;
  bool claimed = false;
  Outcome outcome = Outcome::error;
  std::string reason;   ///< one clause a person understands, whatever the verdict
  bool absent = false;  ///< not testable, since there is nothing here to attack
  std::vector<Step> steps;
  Testimony witness;
  Control control;
  Times time;
};

/// Part of a profile that a target has no words for.
struct Gap {
  std::string layer;   ///< in the words of isolator::layers(), or of the key of the profile
  std::string reason;  ///< a clause: what the target does instead
  bool operator==(const Gap&) const = default;
};

/// One sandbox configuration: a profile as a target builds it.
struct Run {
  std::string target, profile, summary;
  std::vector<std::string> layers;
  std::map<std::string, std::string> namespaces;  ///< "pid" -> "new" or "shared", as the host saw them
  std::vector<Result> results;
  std::string version = {}, command = {};  ///< of a target that is not the isolator: its own, how it is told
  std::vector<Gap> gaps = {};              ///< of the profile
};

struct Host {
  std::string kernel, machine, cgroup, boot_id;  ///< cgroup: "v1", "v2", "hybrid" or "none"
  std::vector<std::string> lsm;
  unsigned uid = 0;
  std::map<std::string, std::string> sysctls = {};  ///< those that decide about attacks, by name
};

/// A profile that was left out of the ladder, and why.
struct LeftOut {
  std::string profile, reason;
};

struct Summary {
  unsigned pass = 0, fail = 0, not_testable = 0, broken = 0;
};

struct Report {
  Host host;
  std::vector<Run> runs;
  std::vector<LeftOut> left_out;
  std::vector<std::string> changed;  ///< what of the host is not as it was before the run
  microseconds elapsed{};
};

Summary summarize(const Report&);

/// What may not be left untested: nothing of it; what this kernel has; everything.
enum class MustTest { nothing, present, all };

/// 0 every claimed guarantee held; 1 at least one did not; 3 the host was changed, or at least one cell is
/// broken, or there is no cell at all, or a cell is not testable that must be, or a profile was left out
/// where anything must be. A claim that was seen to fail (1) outweighs a question that could not be answered
/// (3).
int exit_code(const Report&, MustTest);

}  // namespace escapement
