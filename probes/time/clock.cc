// The clocks belong to the whole machine, whatever namespace a process is in: time_namespaces(7) offsets the
// monotonic ones for those inside, and lets nobody set the real one.

#include <sys/timex.h>
#include <time.h>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep cap_sys_time from the sandbox; a user namespace does that at one stroke.";

/// A tick of 1 µs is 10,000 times too fast: the kernel refuses it (EINVAL), after it has asked for the
/// capability and before it changes anything.
timex impossible_tick() {
  timex change{};
  change.modes = ADJ_TICK;
  change.tick = 1;
  return change;
}

}  // namespace

constinit const Probes probes = {
    {.id = "settimeofday",
     .cls = "time",
     .guarantee = "time.clock",
     .summary = "set the clock by settimeofday(2)",
     .technique = "Calls settimeofday(2) with neither a time nor a time zone: the kernel asks for the "
                  "permission to set the "
                  "clock, and then has nothing to set.",
     .references = {"settimeofday(2)", "capabilities(7), CAP_SYS_TIME"},
     .attempts = {{"settimeofday", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_time", "seccomp.allow+=settimeofday"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("settimeofday", "settimeofday(NULL, NULL)", sys(SYS_settimeofday, nullptr, nullptr));
         }},
    {.id = "adjtimex",
     .cls = "time",
     .guarantee = "time.clock",
     .summary = "steer the clock by adjtimex(2)",
     .technique = "Asks adjtimex(2) for a tick that no clock can have. Who may not steer the clock is told "
                  "so first (EPERM); "
                  "who may learns that the tick is impossible (EINVAL).",
     .references = {"adjtimex(2)", "capabilities(7), CAP_SYS_TIME"},
     .attempts = {{"adjtimex", {"EPERM"}, {"EINVAL"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_time", "seccomp.allow+=adjtimex"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           timex change = impossible_tick();
           attempt("adjtimex", "adjtimex({ADJ_TICK, tick=1})", sys(SYS_adjtimex, &change));
         }},
    {.id = "clock-adjtime",
     .cls = "time",
     .guarantee = "time.clock",
     .summary = "steer the clock by clock_adjtime(2)",
     .technique = "The same as adjtimex, through the newer call that names the clock: a filter that knows "
                  "only the older one "
                  "lets it through.",
     .references = {"clock_adjtime(2)", "capabilities(7), CAP_SYS_TIME"},
     .attempts = {{"clock_adjtime", {"EPERM"}, {"EINVAL"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_time",
                 "seccomp.allow+=clock_adjtime"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           timex change = impossible_tick();
           attempt("clock_adjtime", "clock_adjtime(CLOCK_REALTIME, {ADJ_TICK, tick=1})",
                   sys(SYS_clock_adjtime, CLOCK_REALTIME, &change));
         }},
    {.id = "wake-alarm",
     .cls = "time",
     .guarantee = "time.clock",
     .summary = "make a timer that wakes the machine up",
     .technique = "Makes a timer of CLOCK_BOOTTIME_ALARM, which brings the machine back from suspend when it "
                  "runs out, and "
                  "removes it again without having set it.",
     .references = {"timer_create(2)", "capabilities(7), CAP_WAKE_ALARM"},
     // Without a clock that could wake the machine nobody can.
     .attempts = {{"timer_create", {"EPERM"}, {"ok"}, {"EOPNOTSUPP"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_wake_alarm"},
     .remedy = "Keep cap_wake_alarm from the sandbox.",
     .attack =
         [](const Order&) {
           int timer = 0;
           if (attempt("timer_create", "timer_create(CLOCK_BOOTTIME_ALARM)",
                       sys(SYS_timer_create, CLOCK_BOOTTIME_ALARM, nullptr, &timer)))
             step("timer_delete()", sys(SYS_timer_delete, timer));
         }},
};

}  // namespace probe
