// The clock that clock.cc asks to be set to nothing is set here, to the time that it shows: which no clock of
// a host that is kept right from outside should suffer. So this runs in a virtual machine of its own alone.

#include <time.h>

#include "openings.h"
#include "probe.h"

namespace probe {

constinit const Probes probes = {
    {.id = "clock-settime",
     .cls = "time",
     .guarantee = "time.clock",
     .summary = "set the clock by clock_settime(2)",
     .technique =
         "Reads the clock of the machine and sets it to what it has read. The machine then takes it for "
         "a clock that nobody keeps right, and every timer that waits for a time of the day is looked at "
         "again.",
     .references = {"clock_settime(2)", "capabilities(7), CAP_SYS_TIME"},
     .attempts = {{"clock_settime", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_time",
                 "seccomp.allow+=clock_settime"},
     .remedy = "Keep cap_sys_time from the sandbox; a user namespace does that at one stroke.",
     .only_in_guest = true,
     .attack =
         [](const Order&) {
           timespec now{};
           step("clock_gettime(CLOCK_REALTIME)", sys(SYS_clock_gettime, CLOCK_REALTIME, &now));
           attempt("clock_settime", "clock_settime(CLOCK_REALTIME, the same)",
                   sys(SYS_clock_settime, CLOCK_REALTIME, &now));
         }},
};

}  // namespace probe
