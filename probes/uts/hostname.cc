// The name of the machine, and what else tells one machine from another.

#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* technique =
    "Asks for a name of 65 bytes, one more than a name may have. Who may not set it is told so first "
    "(EPERM); who may learns that it is too long (EINVAL), and the name stays. A name can be taken from "
    "another machine: logs, licences and certificates believe it.";
constexpr const char* remedy =
    "Keep cap_sys_admin from the sandbox, give it a UTS namespace, and leave the call out of the filter's "
    "list.";
constexpr char too_long[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
static_assert(sizeof too_long - 1 == 65);

}  // namespace

constinit const Probes probes = {
    {.id = "sethostname",
     .cls = "uts",
     .guarantee = "uts.names",
     .summary = "set the hostname",
     .technique = technique,
     .references = {"sethostname(2)", "uts_namespaces(7)", "CIS Docker Benchmark 5.21"},
     .attempts = {{"sethostname", {"EPERM"}, {"EINVAL"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=sethostname"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("sethostname", "sethostname(\"xxx...\", 65)",
                   sys(SYS_sethostname, too_long, sizeof too_long - 1));
         }},
    {.id = "setdomainname",
     .cls = "uts",
     .guarantee = "uts.names",
     .summary = "set the NIS domain name",
     .technique = technique,
     .references = {"setdomainname(2)", "uts_namespaces(7)"},
     .attempts = {{"setdomainname", {"EPERM"}, {"EINVAL"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=setdomainname"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("setdomainname", "setdomainname(\"xxx...\", 65)",
                   sys(SYS_setdomainname, too_long, sizeof too_long - 1));
         }},
    {.id = "hostname-leak",
     .cls = "uts",
     .guarantee = "uts.identity",
     .summary = "learn which machine it is",
     .technique = "Opens what tells this machine from all others: the number of its start, and those that "
                  "its maker gave it. A hostname of one's own hides none of them. They are closed unread.",
     .references = {"proc_sys_kernel(5), random/boot_id", "machine-id(5)"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc and no /sys, or cover these files.",
     .attack =
         [](const Order&) {
           open_each({"/proc/sys/kernel/random/boot_id", "/sys/class/dmi/id/product_uuid",
                      "/sys/class/dmi/id/product_serial"},
                     "O_RDONLY", O_RDONLY);
         }},
};

}  // namespace probe
