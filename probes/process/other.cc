// What belongs to another process: its memory, its descriptors, its secrets. ptrace(2), "Ptrace access mode
// checking", has the rules for all of them.

#include <fcntl.h>
#include <sys/uio.h>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a pid namespace of its own, with a /proc of its own if it needs one, and keep "
    "cap_sys_ptrace from it.";

/// A pidfd of the victim; where there is none, that has decided.
Fd open_victim(const char* attempt_name, const Order& order) {
  long victim = order.number("victim", 1, INT_MAX);
  Text call("pidfd_open(", victim, ")");
  Result opened = sys(SYS_pidfd_open, victim, 0);
  if (!opened) {
    attempt(attempt_name, call, opened);
    return {};
  }
  return Fd(step(call, opened));
}

void open_below(const Order& order, const char* name, const char* how, int flags) {
  Text path("/proc/", order.number("victim", 1, INT_MAX), "/", name);
  Fd file(attempt("open", Text("open(", quoted(path), ", ", how, ")"),
                  sys(SYS_openat, AT_FDCWD, path.c_str(), flags | O_CLOEXEC)));
}

}  // namespace

// Each row of it: the id, what is reached, how, and the file of the victim in /proc
#define BELOW(ID, GUARANTEE, SUMMARY, TECHNIQUE, REFERENCE, NAME, HOW, FLAGS, ...)                        \
  {                                                                                                       \
    .id = ID, .cls = "process", .guarantee = GUARANTEE, .summary = SUMMARY, .technique = TECHNIQUE,       \
    .references = {"proc(5)", REFERENCE}, .attempts = {{"open", {"ENOENT", "EACCES", "EPERM", "ESRCH"}}}, \
    .witness = {"victim", "trace"}, .opening = {"namespaces.new-=pid", PROC __VA_OPT__(, ) __VA_ARGS__},  \
    .remedy = remedy, .attack = [](const Order& order) { open_below(order, NAME, HOW, FLAGS); },          \
  }

constinit const Probes probes = {
    {.id = "pidfd-open-host",
     .cls = "process",
     .guarantee = "process.visible",
     .summary = "hold on to a process outside",
     .technique = "Asks for a pidfd of a process of the harness, by its number on the host. The descriptor "
                  "stays with it, "
                  "whoever gets its number later.",
     .references = {"pidfd_open(2)", "pid_namespaces(7)"},
     .attempts = {{"pidfd_open", {"ESRCH"}, {"ok"}, {"ENOSYS"}}},
     .witness = {"victim", "trace"},
     .opening = {"namespaces.new-=pid"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           attempt("pidfd_open", Text("pidfd_open(", order.number("victim", 1, INT_MAX), ")"),
                   sys(SYS_pidfd_open, order.number("victim", 1, INT_MAX), 0));
         }},
    {.id = "pidfd-getfd",
     .cls = "process",
     .guarantee = "process.memory",
     .summary = "take a descriptor out of a process outside",
     .technique =
         "Asks for a copy of descriptor -1 of a process of the harness, which nobody has: EPERM without the "
         "permission, EBADF with it.",
     .references = {"pidfd_getfd(2)", "ptrace(2)"},
     .attempts = {{"pidfd_getfd", {"ESRCH", "EPERM"}, {"EBADF"}}},
     .witness = {"victim", "trace"},
     .opening = {"namespaces.new-=pid", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_ptrace",
                 "seccomp.allow+=pidfd_getfd"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           if (Fd victim = open_victim("pidfd_getfd", order))
             attempt("pidfd_getfd", "pidfd_getfd(-1)", sys(SYS_pidfd_getfd, victim.get(), -1, 0));
         }},
    {.id = "ptrace-other",
     .cls = "process",
     .guarantee = "process.memory",
     .summary = "read the memory of a process outside",
     .technique = "Asks process_vm_readv(2) for one byte of a process of the harness, at address 0, where "
                  "nothing is: EPERM "
                  "without the permission, EFAULT with it.",
     .references = {"process_vm_readv(2)", "ptrace(2)", "CVE-2016-9962"},
     .attempts = {{"process_vm_readv", {"ESRCH", "EPERM"}, {"EFAULT"}}},
     .witness = {"victim", "trace"},
     .opening = {"namespaces.new-=pid", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_ptrace",
                 "seccomp.allow+=process_vm_readv"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           char byte = 0;
           iovec here{&byte, 1}, there{nullptr, 1};
           long victim = order.number("victim", 1, INT_MAX);
           attempt("process_vm_readv", Text("process_vm_readv(", victim, ", 1 byte at 0)"),
                   sys(SYS_process_vm_readv, victim, &here, 1, &there, 1, 0));
         }},
    BELOW("proc-list-host", "process.visible", "see a process outside in /proc",
          "Opens the status of a process of the harness. What runs beside one, under which name and for "
          "whom, is the map "
          "for every other attack.",
          "CIS Docker Benchmark 5.16", "status", "O_RDONLY", O_RDONLY, OUT_OF_THE_USER_NAMESPACE),
    BELOW("argv-cmdline-leak", "process.visible", "read the command line of a process outside",
          "Opens the command line of a process of the harness, which the kernel shows to everybody who sees "
          "the "
          "process. Passwords stand there more often than one thinks.",
          "proc_pid_cmdline(5)", "cmdline", "O_RDONLY", O_RDONLY, OUT_OF_THE_USER_NAMESPACE),
    BELOW("proc-environ-other", "process.memory", "read the environment of a process outside",
          "Opens the environment of a process of the harness, and reads nothing. Secrets are often handed "
          "over there.",
          "https://attack.mitre.org/techniques/T1552/", "environ", "O_RDONLY", O_RDONLY, AS_ROOT_OF_THE_HOST,
          "capabilities.keep+=cap_sys_ptrace"),
    BELOW("proc-mem-write-other", "process.memory", "open the memory of a process outside to write",
          "Opens the memory of a process of the harness to write, and writes nothing.", "ptrace(2)", "mem",
          "O_RDWR", O_RDWR, AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_ptrace"),
    BELOW("chroot-proc-root-escape", "process.memory", "reach the root directory of a process outside",
          "Opens the root of a process of the harness through its magic link in /proc, which leads past "
          "every root of one's "
          "own.",
          "https://attack.mitre.org/techniques/T1611/", "root", "O_PATH", O_PATH, OUT_OF_THE_USER_NAMESPACE,
          "capabilities.keep+=cap_sys_ptrace"),
};

}  // namespace probe
