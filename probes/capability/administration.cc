// Capabilities that were cut out of CAP_SYS_ADMIN and CAP_NET_ADMIN, or stand beside them: small ones, each
// with a door of its own.

#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/sched.h>

#include "child.h"
#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

Result counter_of_everybody() {
  perf_event_attr event{};
  event.type = PERF_TYPE_SOFTWARE;
  event.size = sizeof event;
  event.config = PERF_COUNT_SW_CPU_CLOCK;
  event.disabled = 1;  // it is never started
  constexpr int everybody = -1, first_processor = 0, no_group = -1;
  return sys(SYS_perf_event_open, &event, everybody, first_processor, no_group, PERF_FLAG_FD_CLOEXEC);
}

/// A child with the number 1, which is taken in every pid namespace.
Result child_with_a_number() {
  int number = 1;
  clone_args arguments{};
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = reinterpret_cast<unsigned long>(&number);
  arguments.set_tid_size = 1;
  return sys(SYS_clone3, &arguments, sizeof arguments);
}

}  // namespace

constinit const Probes probes = {
    {.id = "cap-quotactl",
     .cls = "capability",
     .guarantee = "capability.machine",
     .summary = "reach the disk quotas of the host",
     .technique = "Asks quotactl(2) for the quotas of a disk that does not exist. The kernel looks for the "
                  "disk before it asks for a permission, so this tells whether the call can be reached at "
                  "all: it should not be.",
     .references = {"quotactl(2)"},
     .attempts = {{"quotactl", {"EPERM"}, {"ENOENT"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=quotactl"},
     .remedy = "Leave quotactl(2) and quotactl_fd(2) out of the filter's list.",
     .attack =
         [](const Order&) {
           attempt("quotactl", "quotactl(Q_GETFMT, \"/no-such-disk\")",
                   sys(SYS_quotactl, QCMD(Q_GETFMT, USRQUOTA), "/no-such-disk", 0, nullptr));
         }},
    {.id = "cap-mac-admin",
     .cls = "capability",
     .guarantee = "capability.security-policy",
     .summary = "open the door to the host's security policy",
     .technique = "Opens the file through which AppArmor or SELinux take a new policy, to write, and closes "
                  "it without having written. The policy is the host's: whoever changes it changes it for "
                  "all.",
     .references = {"apparmor(7)", "selinux(8)", "capabilities(7), CAP_MAC_ADMIN"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST,
                 "mounts+={type=\"bind\",source=\"/sys\",target=\"/sys\",read_only=false}"},
     .remedy = "Show the sandbox no /sys, or one that is read-only with all that is mounted below it.",
     .attack =
         [](const Order&) {
           open_each({"/sys/kernel/security/apparmor/.load", "/sys/kernel/security/apparmor/.replace",
                      "/sys/fs/selinux/load"},
                     "O_WRONLY", O_WRONLY);
         }},
    {.id = "cap-checkpoint-restore",
     .cls = "capability",
     .guarantee = "capability.process-numbers",
     .summary = "start a process under a number of one's choice",
     .technique = "Asks clone3(2) for a child with the number 1. Without the capability the kernel says "
                  "EPERM; with it, that the number is taken (EEXIST), for somebody has it in every pid "
                  "namespace. Who may choose takes the number of a process that others still wait for.",
     .references = {"clone(2), set_tid", "capabilities(7), CAP_CHECKPOINT_RESTORE"},
     .attempts = {{"clone3", {"EPERM", "ENOSYS"}, {"EEXIST"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_checkpoint_restore", "seccomp.rules-={syscall=\"clone\"}"},
     .remedy = "Keep cap_checkpoint_restore and cap_sys_admin from the sandbox.",
     .attack =
         [](const Order&) {
           attempt("clone3", "clone3({set_tid=[1]})", in_child([] { return child_with_a_number(); }));
         }},
    {.id = "cap-perfmon",
     .cls = "capability",
     .guarantee = "capability.observation",
     .summary = "count what all processes of a processor do",
     .technique = "Opens a counter for everybody on the first processor, which is never started, and closes "
                  "it. A running one tells what other sandboxes and the kernel execute, down to their keys.",
     .references = {"perf_event_open(2)", "capabilities(7), CAP_PERFMON"},
     .attempts = {{"perf_event_open", {"EACCES", "EPERM"}}},
     .witness = {"trace"},
     // Where Debian and Ubuntu set kernel.perf_event_paranoid to more than 2, cap_perfmon is not enough.
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_admin",
                 "seccomp.allow+=perf_event_open"},
     .remedy = "Keep cap_perfmon and cap_sys_admin from the sandbox, leave perf_event_open(2) out of the "
               "filter's list, and set "
               "kernel.perf_event_paranoid to 2 or more.",
     .attack =
         [](const Order&) {
           Fd counter(attempt("perf_event_open", "perf_event_open({PERF_COUNT_SW_CPU_CLOCK}, -1, 0)",
                              counter_of_everybody()));
         }},
    {.id = "cap-net-admin-sysctl",
     .cls = "capability",
     .guarantee = "capability.network-settings",
     .summary = "change how the network forwards packets",
     .technique = "Opens /proc/sys/net/ipv4/ip_forward to write, and closes it without having written. With "
                  "CAP_NET_ADMIN over its network a program turns its machine into a router, and much else "
                  "below that directory.",
     .references = {"proc_sys_net(5)", "capabilities(7), CAP_NET_ADMIN"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_net_admin", PROC},
     .remedy = "Keep cap_net_admin from the sandbox, and make /proc/sys read-only.",
     .attack = [](const Order&) { open_each({"/proc/sys/net/ipv4/ip_forward"}, "O_WRONLY", O_WRONLY); }},
};

}  // namespace probe
