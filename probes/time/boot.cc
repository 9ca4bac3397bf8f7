// How long the machine has been running is one number for all its sandboxes: by it they know each other, and
// what started when.

#include <time.h>

#include "openings.h"
#include "probe.h"

namespace probe {

constinit const Probes probes = {{
    .id = "time-ns-offset",
    .cls = "time",
    .guarantee = "time.uptime",
    .summary = "learn how long the machine has been running",
    .technique = "Compares the clock since boot with that of the host, which the harness tells. It is the "
                 "same for all "
                 "sandboxes of a machine, unless each has a time namespace with an offset of its own; two "
                 "that read it "
                 "know that they share a machine, and an attacker knows which updates it has missed.",
    .references = {"time_namespaces(7)", "clock_gettime(2), CLOCK_BOOTTIME"},
    .attempts = {{"compare", {"no effect"}}},
    .witness = {"boottime"},
    .opening = {"namespaces.new-=time", "namespaces.boottime=0s", "namespaces.monotonic=0s"},
    .remedy = "Give the sandbox a time namespace, and in it an offset that nobody knows.",
    .attack =
        [](const Order& order) {
          constexpr long near = 60;  // seconds: the order is older than the look
          long host = order.number("boottime");
          timespec now{};
          if (!step("clock_gettime(CLOCK_BOOTTIME)", sys(SYS_clock_gettime, CLOCK_BOOTTIME, &now)))
            stop("the clock cannot be read");
          bool same = now.tv_sec > host - near && now.tv_sec < host + near;
          attempt("compare", Text("clock_gettime(CLOCK_BOOTTIME) = ", static_cast<long>(now.tv_sec)),
                  same ? "ok" : "no effect");
        },
}};

}  // namespace probe
