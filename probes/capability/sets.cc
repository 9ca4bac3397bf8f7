// The sets of a process say what it may do beyond what anybody may: capabilities(7), "Thread capability
// sets".

#include <linux/capability.h>
#include <sys/prctl.h>

#include "child.h"
#include "probe.h"

namespace probe {
namespace {

/// All of one process, a bit for each capability.
struct Sets {
  unsigned long effective = 0, permitted = 0, inheritable = 0, bounding = 0, ambient = 0;
  unsigned long all = 0;  ///< that this kernel knows
};

/// In the layout of the kernel: each set is parted in two words.
struct Caller {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
};

unsigned long both(unsigned low, unsigned high) { return low | static_cast<unsigned long>(high) << 32; }

Sets sets() {
  Caller caller;
  if (!step("capget()", sys(SYS_capget, &caller.header, caller.data))) stop("the sets cannot be read");
  Sets out;
  out.effective = both(caller.data[0].effective, caller.data[1].effective);
  out.permitted = both(caller.data[0].permitted, caller.data[1].permitted);
  out.inheritable = both(caller.data[0].inheritable, caller.data[1].inheritable);
  for (int number = 0; number < 64; ++number) {
    Result bounding = sys(SYS_prctl, PR_CAPBSET_READ, number);
    if (!bounding) break;  // the last one that this kernel knows was before
    unsigned long bit = 1UL << number;
    out.all |= bit;
    if (bounding.value != 0) out.bounding |= bit;
    if (sys(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0).value == 1) out.ambient |= bit;
  }
  if (out.all == 0) stop("the bounding set cannot be read");
  return out;
}

}  // namespace

constinit const Probes probes = {
    {.id = "cap-sets-exact",
     .cls = "capability",
     .guarantee = "capability.none",
     .summary = "hold a capability, in any set",
     .technique = "Reads the effective, permitted, inheritable, bounding and ambient set of its own. One bit "
                  "in the bounding set alone is enough: a program with file capabilities brings it back to "
                  "life.",
     .references = {"capabilities(7)", "capget(2)", "CIS Docker Benchmark 5.4", "CVE-2022-24769"},
     .attempts = {{"hold", {"no effect"}}},
     .witness = {"status CapEff: 0*[1-9a-f].*", "status CapPrm: 0*[1-9a-f].*", "status CapInh: 0*[1-9a-f].*",
                 "status CapBnd: 0*[1-9a-f].*", "status CapAmb: 0*[1-9a-f].*"},
     .opening = {"capabilities.keep+=cap_chown"},
     .remedy = "Keep no capability: an empty list empties the bounding set as well.",
     .attack =
         [](const Order&) {
           Sets own = sets();
           const bool any =
               (own.effective | own.permitted | own.inheritable | own.bounding | own.ambient) != 0;
           attempt("hold", "all five sets", any ? "ok" : "no effect");
         }},
    {.id = "cap-full-set-detect",
     .cls = "capability",
     .guarantee = "capability.none",
     .summary = "hold every capability that there is",
     .technique = "Counts the capabilities that this kernel knows, and looks whether all of them are "
                  "permitted: so it is in a container that was started as privileged. A number that was "
                  "written down for one kernel would miss it on the next.",
     .references = {"capabilities(7)", "CIS Docker Benchmark 5.5"},
     .attempts = {{"hold", {"no effect"}}},
     .witness = {"status CapPrm: 0*[137]?f{8,}"},
     .opening = {"capabilities.keep=[\"*\"]"},
     .remedy = "Name the capabilities that are kept, if any; never keep all.",
     .attack =
         [](const Order&) {
           Sets own = sets();
           attempt("hold", "the permitted set", own.permitted == own.all ? "ok" : "no effect");
         }},
    {.id = "cap-capset-raise",
     .cls = "capability",
     .guarantee = "capability.none",
     .summary = "take a capability back that was dropped",
     .technique = "A child asks capset(2) for CAP_SYS_ADMIN on top of what it has. Only what is still "
                  "permitted can be had: a sandbox that emptied no more than the effective set has dropped "
                  "nothing.",
     .references = {"capset(2)", "capabilities(7)"},
     .attempts = {{"capset", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=capset"},
     .remedy = "Drop capabilities from the permitted and the bounding set, not from the effective one alone.",
     .attack =
         [](const Order&) {
           attempt("capset", "capset(+CAP_SYS_ADMIN)", in_child([] {
                     Caller caller;
                     Result got = sys(SYS_capget, &caller.header, caller.data);
                     if (!got) return got;
                     caller.data[0].permitted |= 1U << CAP_SYS_ADMIN;
                     caller.data[0].effective |= 1U << CAP_SYS_ADMIN;
                     return sys(SYS_capset, &caller.header, caller.data);
                   }));
         }},
};

}  // namespace probe
