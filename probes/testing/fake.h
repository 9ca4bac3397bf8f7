#pragma once

#include <signal.h>

#include <climits>

#include "conversation.h"
#include "probe.h"

// Fakes are programs that a harness must not believe. To it they look like kill-outside-pid, so that it runs
// them in the same way; then they lie, crash, hang or talk too much. They harm nothing either: the signal is
// SIGURG, which is ignored by whoever did not ask for it.

namespace probe {

inline constexpr std::initializer_list<const char*> fake_references = {"docs/probe-protocol.md"};
inline constexpr std::initializer_list<Attempt> fake_attempts = {{"kill", {"ESRCH", "EPERM", "ENOSYS"}}};
inline constexpr std::initializer_list<const char*> fake_opening = {"namespaces.new-=pid"};

inline constexpr std::initializer_list<const char*> fake_witness = {"victim"};

constexpr Probe fake(const char* id, const char* technique, void (*attack)(const Order&)) {
  return {.id = id,
          .cls = "process",
          .guarantee = "process.signal",
          .summary = "fool the harness",
          .technique = technique,
          .references = fake_references,
          .attempts = fake_attempts,
          .witness = fake_witness,
          .opening = fake_opening,
          .remedy = "Do not believe it.",
          .attack = attack};
}

/// A line as it stands, past all that the SDK would make sure of.
inline void say(std::string_view line) {
  if (!Output(1).raw(line).raw("\n").flush()) exit_now(1);
}

inline void say_denied() {
  say(R"json({"step":"kill(victim, SIGURG)","result":"ESRCH","attempt":"kill"})json");
}
inline void say_contained() {
  say(R"json({"claim":"contained","reason":"kill(victim, SIGURG): ESRCH"})json");
}

[[noreturn]] inline void end_with(int status) {
  wait_for_end();
  exit_now(status);
}

/// Signals the victim as kill-outside-pid does, and says nothing of it.
inline void really_kill(const Order& order) {
  siginfo_t info{};
  info.si_signo = SIGURG;
  info.si_code = SI_QUEUE;
  info.si_value.sival_int = static_cast<int>(order.number("value", 0, INT_MAX));
  sys(SYS_rt_sigqueueinfo, order.number("victim", 1, INT_MAX), SIGURG, &info);
}

}  // namespace probe
