// Capabilities over the machine as a whole: none of them is of use in a container, and the kernel asks for
// each in the first user namespace. Every call here has an argument that nothing can be done with, which the
// kernel looks at once it has decided on the permission.

#include <errno.h>
#include <sys/prctl.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep the capability from the sandbox, or give it a user namespace; and leave the call out of the "
    "filter's list.";

}  // namespace

constinit const Probes probes = {
    {.id = "cap-sys-boot",
     .cls = "capability",
     .guarantee = "capability.machine",
     .summary = "restart the machine",
     .technique = "Calls reboot(2) without its magic numbers. Who may not restart the machine is told so "
                  "first (EPERM); who may "
                  "learns that the numbers are wrong (EINVAL).",
     .references = {"reboot(2)", "capabilities(7), CAP_SYS_BOOT"},
     .attempts = {{"reboot", {"EPERM"}, {"EINVAL"}, {}, "pid"}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "namespaces.new-=pid", "capabilities.keep+=cap_sys_boot",
                 "seccomp.allow+=reboot"},
     .remedy = remedy,
     .attack = [](const Order&) { attempt("reboot", "reboot(0, 0, 0)", sys(SYS_reboot, 0, 0, 0, nullptr)); }},
    {.id = "cap-sys-pacct",
     .cls = "capability",
     .guarantee = "capability.machine",
     .summary = "have every process of the machine written down",
     .technique = "Calls acct(2) with a file that does not exist. Without the capability the kernel says "
                  "EPERM, with it ENOENT. "
                  "An acct(NULL) is never called: it would end the accounting of the host.",
     .references = {"acct(2)", "capabilities(7), CAP_SYS_PACCT"},
     .attempts = {{"acct", {"EPERM"}, {"ENOENT"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_pacct", "seccomp.allow+=acct"},
     .remedy = remedy,
     .attack =
         [](const Order&) { attempt("acct", "acct(\"/no-such-file\")", sys(SYS_acct, "/no-such-file")); }},
    {.id = "cap-swap",
     .cls = "capability",
     .guarantee = "capability.machine",
     .summary = "give the machine another swap space",
     .technique = "Calls swapon(2) and swapoff(2) with a file that does not exist. Without CAP_SYS_ADMIN "
                  "over the host the kernel "
                  "says EPERM, with it ENOENT.",
     .references = {"swapon(2)", "capabilities(7), CAP_SYS_ADMIN"},
     .attempts = {{"swapon", {"EPERM"}, {"ENOENT"}}, {"swapoff", {"EPERM"}, {"ENOENT"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_admin",
                 "seccomp.allow+=[\"swapon\", \"swapoff\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("swapon", "swapon(\"/no-such-file\")", sys(SYS_swapon, "/no-such-file", 0));
           attempt("swapoff", "swapoff(\"/no-such-file\")", sys(SYS_swapoff, "/no-such-file"));
         }},
    {.id = "cap-syslog",
     .cls = "capability",
     .guarantee = "capability.kernel-log",
     .summary = "read the kernel's log",
     .technique = "Asks syslog(2) for the size of the kernel's log. The log tells addresses, devices and "
                  "what other sandboxes "
                  "died of.",
     .references = {"syslog(2)", "capabilities(7), CAP_SYSLOG"},
     .attempts = {{"syslog", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_syslog", "seccomp.allow+=syslog"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("syslog", "syslog(SYSLOG_ACTION_SIZE_BUFFER)", sys(SYS_syslog, 10, nullptr, 0));
         }},
    {.id = "cap-tty-config",
     .cls = "capability",
     .guarantee = "capability.machine",
     .summary = "hang up a terminal",
     .technique = "A child leaves its session, so that it has no terminal, and calls vhangup(2): with the "
                  "capability it passes "
                  "and does nothing.",
     .references = {"vhangup(2)", "capabilities(7), CAP_SYS_TTY_CONFIG"},
     .attempts = {{"vhangup", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_tty_config",
                 "seccomp.allow+=vhangup"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("vhangup", "setsid(), vhangup()", in_child([] {
                     Result left = sys(SYS_setsid);
                     return left ? sys(SYS_vhangup) : left;
                   }));
         }},
};

}  // namespace probe
