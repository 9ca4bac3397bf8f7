// The clock that runs while the machine is off: a device, which only one program may have open at a time.

#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {

constinit const Probes probes = {{
    .id = "rtc-dev",
    .cls = "time",
    .guarantee = "time.clock",
    .summary = "open the clock that the machine boots by",
    .technique =
        "Opens the real-time clock to read, and closes it again. Who has it open sets the time that the next "
        "boot begins with, and the alarm that switches the machine on.",
    .references = {"rtc(4)", "hwclock(8)"},
    // It is busy where another program has it; whoever may not have it is told so first.
    .attempts = {{"open", OUT_OF_REACH, {"ok", "EBUSY"}, NOT_THERE}},
    .witness = {"trace"},
    .opening = {AS_ROOT_OF_THE_HOST, DEVICES_OF_THE_HOST},
    .remedy = "Give the sandbox a /dev of its own.",
    .attack =
        [](const Order&) {
          open_each({"/dev/rtc0", "/dev/rtc1"}, "O_RDONLY", O_RDONLY | O_NONBLOCK);
        },
}};

}  // namespace probe
