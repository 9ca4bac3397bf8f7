// What the kernel answered to the probe, from who saw it: the probe tells of each call that decides which one
// it was and how it ended, and a tracer outside has seen the same, or the probe is wrong.

#include "sentry_log.h"
#include "tracer.h"
#include "witness.h"

#include "../judge.h"

#include <seccomp.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

std::string result_of(const Answer& answer) {
  if (answer.signal != 0) return "SIG" + std::string(sigabbrev_np(answer.signal));
  if (answer.value >= 0 || answer.value < -4095) return "ok";
  const char* name = strerrorname_np(int(-answer.value));
  return name != nullptr ? name : "E" + std::to_string(-answer.value);
}

// "no effect" of a call that was seen: it passed, and what it was made for did not happen.
bool tells(const std::string& result, const Answer& answer) {
  const std::string seen = result_of(answer);
  return seen == result || (result == "no effect" && seen == "ok");
}

std::string name_of(const SystemCall& call) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(call.i386 ? SCMP_ARCH_X86 : SCMP_ARCH_NATIVE, int(call.number)),
      &std::free);
  return (name ? name.get() : "system call " + std::to_string(call.number)) +
         std::string(call.i386 ? " of i386" : "");
}

class TraceWitness : public Witness {
 public:
  explicit TraceWitness(const ProbeInfo& probe) : probe_(probe) {}

  Planted plant(const Inside& inside) override {
    log_ = inside.call_log;
    if (!log_.empty()) return {};
    try {
      tracer_ = std::make_unique<Tracer>(inside.pid);
    } catch (const std::system_error& error) {
      return {.order = "", .not_planted = std::string("the probe cannot be traced: ") + error.what()};
    }
    return {};
  }

  std::vector<pid_t> helpers() const override {
    return tracer_ ? std::vector<pid_t>{tracer_->pid()} : std::vector<pid_t>();
  }

  Observation observe(const Record& record) override {
    const std::vector<Answer> answers = log_.empty() ? tracer_->answers() : answers_of_sentry(log_);
    auto from = answers.begin();
    Observation out{Finding::unchanged, ""};
    for (const Step& step : record.steps) {
      if (step.attempt.empty()) continue;
      const bool signal = step.result.starts_with("SIG");  // who was killed cannot tell in which call
      if (!step.made && !signal)
        return {Finding::unknown, step.call + " is no system call whose answer could be seen"};
      const auto seen = std::find_if(from, answers.end(), [&](const Answer& one) {
        return (signal || one.call == *step.made) && tells(step.result, one);
      });
      if (seen == answers.end()) return {Finding::unknown, otherwise(step, from, answers.end())};
      from = seen + 1;
      const std::string text = (log_.empty() ? "the kernel" : "its kernel") + std::string(" answered ") +
                               result_of(*seen) + " to " + name_of(seen->call);
      if (passed(probe_, record, step)) return {Finding::reached, text};
      if (out.text.find(text) == out.text.npos) out.text += (out.text.empty() ? "" : "; ") + text;
    }
    return out;
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  using Place = std::vector<Answer>::const_iterator;

  // What it was instead of what the probe says.
  std::string otherwise(const Step& step, Place from, Place end) const {
    if (tracer_ && tracer_->overflowed()) return "it made more calls than can be kept";
    if (!step.made) return "it tells of " + step.result + ", which ended nobody";
    const std::string name = name_of(*step.made);
    const auto seen = std::find_if(from, end, [&](const Answer& one) { return one.call == *step.made; });
    if (seen == end) return "it tells of " + name + ", which nobody saw it call";
    return "it tells of " + step.result + ", but the kernel answered " + result_of(*seen) + " to " + name;
  }

  const ProbeInfo& probe_;
  std::unique_ptr<Tracer> tracer_;
  std::string log_;  // of a kernel that writes its answers down; empty: there is a tracer
};

}  // namespace

std::unique_ptr<Witness> trace_witness(const ProbeInfo& probe) {
  return std::make_unique<TraceWitness>(probe);
}

}  // namespace escapement
