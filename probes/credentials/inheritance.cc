// What a process passes on to whatever it runs: sets of capabilities, the bits that say how uid 0 is treated,
// groups, and the right to leave an image of itself.

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "child.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* keep_none = "Keep no capability: an empty list empties every set.";

bool any_ambient() {
  for (long number = 0; number < 64; ++number) {
    Result held = sys(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, number, 0, 0);
    if (!held) return false;  // the last one that this kernel knows was before
    if (held.value == 1) return true;
  }
  return false;
}

}  // namespace

constinit const Probes probes = {
    {.id = "ambient-caps",
     .cls = "credentials",
     .guarantee = "credentials.inheritance",
     .summary = "pass capabilities on to any program that it runs",
     .technique =
         "Asks for each capability whether it is ambient. What is ambient stays through an execve(2) "
         "of any program, so that a sandbox which counts on the exec to take capabilities away keeps "
         "them.",
     .references = {"capabilities(7), Thread capability sets", "CVE-2022-24769"},
     .attempts = {{"hold", {"no effect"}}},
     .witness = {"status CapAmb: 0*[1-9a-f].*"},
     .opening = {"capabilities.keep+=cap_chown"},
     .remedy = keep_none,
     .attack = [](const Order&) { attempt("hold", "the ambient set", any_ambient() ? "ok" : "no effect"); }},
    {.id = "inheritable-caps",
     .cls = "credentials",
     .guarantee = "credentials.inheritance",
     .summary = "pass capabilities on to programs whose file asks for them",
     .technique = "Reads its inheritable set. A program whose file names a capability as inheritable gets it "
                  "from whoever runs it with that bit set; several engines left all bits of their default in "
                  "the set.",
     .references = {"capabilities(7), Thread capability sets", "CVE-2022-24769", "CVE-2022-27650"},
     .attempts = {{"hold", {"no effect"}}},
     .witness = {"status CapInh: 0*[1-9a-f].*"},
     .opening = {"capabilities.keep+=cap_chown"},
     .remedy = keep_none,
     .attack =
         [](const Order&) {
           __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
           __user_cap_data_struct data[2]{};
           if (!step("capget()", sys(SYS_capget, &header, data))) stop("the sets cannot be read");
           attempt("hold", "the inheritable set",
                   (data[0].inheritable | data[1].inheritable) != 0 ? "ok" : "no effect");
         }},
    {.id = "securebits",
     .cls = "credentials",
     .guarantee = "credentials.securebits",
     .summary = "change what uid 0 gives and what a change of uid takes",
     .technique = "A child sets the bits of capabilities(7), \"The securebits flags\", to what they are. Who "
                  "may do that keeps its capabilities when it becomes another user.",
     .references = {"capabilities(7), The securebits flags", "PR_SET_SECUREBITS(2const)"},
     .attempts = {{"prctl", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_setpcap"},
     .remedy = "Keep cap_setpcap from the sandbox, or lock the bits.",
     .attack =
         [](const Order&) {
           attempt("prctl", "prctl(PR_SET_SECUREBITS, as they are)", in_child([] {
                     Result bits = sys(SYS_prctl, PR_GET_SECUREBITS, 0, 0, 0, 0);
                     return bits ? sys(SYS_prctl, PR_SET_SECUREBITS, bits.value, 0, 0, 0) : bits;
                   }));
         }},
    {.id = "supplementary-groups-leak",
     .cls = "credentials",
     .guarantee = "credentials.groups",
     .summary = "belong to groups beside its own",
     .technique =
         "Counts its supplementary groups. A sandbox that is started by somebody of the groups disk, "
         "docker or kvm and keeps them owns the machine by them, whatever its uid.",
     .references = {"getgroups(2)", "credentials(7)", "CVE-2022-36109"},
     .attempts = {{"belong", {"no effect"}}},
     .witness = {"status Groups: [0-9].*"},
     .opening = {"identity.groups=[65534]"},  // which every profile has in its map
     .remedy = "Give the sandbox no supplementary group that it does not need.",
     .attack =
         [](const Order&) {
           Result count = step("getgroups(0, NULL)", sys(SYS_getgroups, 0, nullptr));
           if (!count) stop("the groups cannot be asked for");
           attempt("belong", Text("getgroups(0, NULL) = ", count.value),
                   count.value > 0 ? "ok" : "no effect");
         }},
    {.id = "dumpable",
     .cls = "credentials",
     .guarantee = "credentials.core",
     .summary = "leave an image of its memory behind when it crashes",
     .technique =
         "A child lets itself be dumped, and raises its limit for a core file from nothing to a page; "
         "it does not crash. A core file fills the disk, and may be written where a file of that name "
         "is believed.",
     .references = {"core(5)", "getrlimit(2)", "PR_SET_DUMPABLE(2const)", "CVE-2006-2451"},
     .attempts = {{"prlimit64", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {"rlimits.core=inherit"},
     .remedy = "Set rlimits.core to 0, which is a hard limit too.",
     .attack =
         [](const Order&) {
           attempt("prlimit64", "prctl(PR_SET_DUMPABLE, 1), prlimit64(RLIMIT_CORE, 4096)", in_child([] {
                     struct {
                       unsigned long soft = 4096, hard = 4096;
                     } page;
                     Result dumpable = sys(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
                     return dumpable ? sys(SYS_prlimit64, 0, RLIMIT_CORE, &page, nullptr) : dumpable;
                   }));
         }},
};

}  // namespace probe
