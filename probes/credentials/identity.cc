// Who a process is: credentials(7). A change is made by a child, which ends at once.

#include <sched.h>

#include "child.h"
#include "probe.h"

namespace probe {

constinit const Probes probes = {
    {.id = "setuid-other",
     .cls = "credentials",
     .guarantee = "credentials.identity",
     .summary = "become another user",
     .technique =
         "A child asks setresuid(2) to be user 12345. Who may choose takes the one whose files are worth it.",
     .references = {"setresuid(2)", "capabilities(7), CAP_SETUID"},
     .attempts = {{"setresuid", {"EPERM", "EINVAL"}}},  // EINVAL: no such user in the user namespace
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_setuid", "seccomp.allow+=setresuid"},
     .remedy = "Keep cap_setuid from the sandbox.",
     .attack =
         [](const Order&) {
           constexpr long other = 12345;
           attempt("setresuid", "setresuid(12345, 12345, 12345)",
                   in_child([] { return sys(SYS_setresuid, other, other, other); }));
         }},
    {.id = "setgroups",
     .cls = "credentials",
     .guarantee = "credentials.identity",
     .summary = "change the groups that one belongs to",
     .technique = "A child asks setgroups(2) for no group at all. To leave a group can be a gain: a file may "
                  "be closed to its "
                  "group and open to all others.",
     .references = {"setgroups(2)", "capabilities(7), CAP_SETGID", "CVE-2014-8989"},
     .attempts = {{"setgroups", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_setgid", "seccomp.allow+=setgroups"},
     .remedy = "Keep cap_setgid from the sandbox.",
     .attack =
         [](const Order&) {
           attempt("setgroups", "setgroups(0, NULL)",
                   in_child([] { return sys(SYS_setgroups, 0, nullptr); }));
         }},
    {.id = "userns-create",
     .cls = "credentials",
     .guarantee = "credentials.user-namespace",
     .summary = "become root of a user namespace",
     .technique = "A child makes a user namespace, and ends. There it has every capability, over kernel code "
                  "that was written "
                  "for root of the host.",
     .references = {"user_namespaces(7)", "unshare(2)"},
     .attempts = {{"unshare", {"EPERM", "ENOSPC"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=unshare"},
     .remedy =
         "Leave unshare(2) and clone3(2) out of the filter's list, or set namespaces.nested_user to false.",
     .attack =
         [](const Order&) {
           attempt("unshare", "unshare(CLONE_NEWUSER)",
                   in_child([] { return sys(SYS_unshare, CLONE_NEWUSER); }));
         }},
};

}  // namespace probe
