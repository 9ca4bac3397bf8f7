// Calls that serve to measure and to tune a program, and calls that are there for programs of long ago.

#include <linux/mempolicy.h>
#include <linux/perf_event.h>

#include "openings.h"
#include "surface.h"

namespace probe {
namespace {

/// Of this process alone, and of what it does itself: what anybody may count where anything is allowed.
Result count_own_instructions() {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_DUMMY;
  attributes.exclude_kernel = attributes.exclude_hv = 1;
  return sys(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
}

}  // namespace

constinit const Probes probes = {
    SURFACE(
        "perf-event-open", "count what one's own process does",
        "A child asks perf_event_open(2) for a counter of its own that counts nothing. The call has been the "
        "way to root more than once, and its counters are the clocks of side channels.",
        "CVE-2013-2094", "perf_event_open", "perf_event_open(self, PERF_COUNT_SW_DUMMY)", "ok",
        count_own_instructions(), OUT_OF_THE_USER_NAMESPACE,
        "capabilities.keep+=cap_sys_admin",  // where kernel.perf_event_paranoid is 3, as Debian has it
        "seccomp.allow+=perf_event_open"),
    SURFACE(
        "move-pages-numa", "choose where in the machine memory lies",
        "A child asks for the memory policy that it has anyway. Such calls serve the tuning of databases, "
        "and, to others, to lay out memory for an exploit.",
        "numa(7)", "set_mempolicy", "set_mempolicy(MPOL_DEFAULT)", "ok",
        sys(SYS_set_mempolicy, MPOL_DEFAULT, nullptr, 0), "seccomp.allow+=set_mempolicy"),
#if defined(__x86_64__)
    {.id = "obsolete-syscalls",
     .cls = "seccomp",
     .guarantee = "seccomp.surface",
     .summary = "use calls that nothing of today needs",
     .technique = "Asks sysfs(2) how many file systems there are, ustat(2) for a device that is none, and "
                  "remap_file_pages(2) for nothing. Code that nobody runs is code that nobody mends.",
     .references = {"sysfs(2)", "ustat(2)", "remap_file_pages(2)"},
     .attempts = {{"sysfs", {"EPERM"}, {"ok"}, {"ENOSYS"}},
                  {"ustat", {"EPERM"}, {"EINVAL"}, {"ENOSYS"}},
                  {"remap_file_pages", {"EPERM"}, {"EINVAL"}, {"ENOSYS"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=[\"sysfs\", \"ustat\", \"remap_file_pages\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("sysfs", "sysfs(3)", sys(SYS_sysfs, 3));
           attempt("ustat", "ustat(0, NULL)", sys(SYS_ustat, 0, nullptr));
           attempt("remap_file_pages", "remap_file_pages(0, 0, 0, 0, 0)",
                   sys(SYS_remap_file_pages, 0, 0, 0, 0, 0));
         }},
#endif
};

}  // namespace probe
