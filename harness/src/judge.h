#pragma once

#include "probe_info.h"
#include "record.h"

#include <isolator/spec.h>

#include <string>
#include <vector>

namespace escapement {

struct Judgement {
  Verdict verdict = Verdict::broken;
  std::string reason;
  bool absent = false;  ///< not testable, since this machine lets this user attack nothing there
};

/// What the probe's own steps amount to: "escaped" where one attempt was let through, "contained" where each
/// attempt that was made met one of its denials, else "undecided". `more_denials` are results that mean a
/// refusal by this sandbox besides those that the probe names.
std::string follows(const ProbeInfo& probe, const Record& record,
                    const std::vector<std::string>& more_denials = {});

/// Is it a step that decides, and one that was let through, in the host's own namespace, or the session of
/// who started it, where it is about one?
bool passed(const ProbeInfo& probe, const Record& record, const Step& step);

/// The errnos that the seccomp filter of a sandbox answers with, by name. Where the control shows that this
/// kernel knows the call, they are the filter's decision.
std::vector<std::string> filter_denials(const isolator::Spec& spec);

/// The verdict on a sandbox whose defence was taken away: `escaped`, or why not.
Judgement judge_control(const ProbeInfo& probe, const Record& record);

/// The verdict on a sandbox. Contained is said only where the control escaped. An error of the probe, a claim
/// that does not follow from its steps, and a witness who saw something else make it broken.
/// `denials` are the results that mean a refusal by its filter.
Judgement judge(const ProbeInfo& probe, const std::vector<std::string>& denials, const Record& record,
                const Judgement& control);
/// With those of the filter of a Spec.
Judgement judge(const ProbeInfo& probe, const isolator::Spec& spec, const Record& record,
                const Judgement& control);

}  // namespace escapement
