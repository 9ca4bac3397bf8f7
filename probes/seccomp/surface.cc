// Calls that no ordinary program needs, and behind which mistakes of the kernel were found again and again.
// What keeps a program from them is the filter: the kernel asks for little, or for nothing.

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#include "openings.h"
#include "surface.h"

namespace probe {
namespace {

/// A program of two instructions: return 0.
Result load_program() {
  bpf_insn program[2]{};
  program[0].code = BPF_ALU64 | BPF_MOV | BPF_K;
  program[1].code = BPF_JMP | BPF_EXIT;
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = reinterpret_cast<unsigned long>(program);
  attributes.insn_cnt = 2;
  attributes.license = reinterpret_cast<unsigned long>("GPL");
  return sys(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

/// Into room for no handle at all: the kernel says how much it would need.
Result handle_of_the_root() {
  file_handle handle{};
  int mount = 0;
  return sys(SYS_name_to_handle_at, AT_FDCWD, "/", &handle, &mount, 0);
}

}  // namespace

constinit const Probes probes = {
    {.id = "seccomp-mode",
     .cls = "seccomp",
     .guarantee = "seccomp.filter",
     .summary = "call the kernel without a filter in between",
     .technique = "Asks whether a filter is there at all.",
     .references = {"prctl(2), PR_GET_SECCOMP", "CIS Docker Benchmark 5.22"},
     .attempts = {{"filter", {"no effect"}}},
     .witness = {"status Seccomp: 0"},
     .opening = {"seccomp.mode=off"},
     .remedy = "Give the sandbox a seccomp filter.",
     .attack =
         [](const Order&) {
           Result mode = step("prctl(PR_GET_SECCOMP)", sys(SYS_prctl, PR_GET_SECCOMP));
           if (!mode) stop("it cannot be asked");
           attempt("filter", Text("prctl(PR_GET_SECCOMP) = ", mode.value),
                   mode.value == 0 ? "ok" : "no effect");
         }},
    SURFACE("personality", "weaken the layout of one's own memory",
            "A child asks to have its memory where it can be foreseen (ADDR_NO_RANDOMIZE), and ends.",
            "CVE-2017-1000253", "personality", "personality(ADDR_NO_RANDOMIZE)", "ok",
            sys(SYS_personality, 0x0040000), "seccomp.allow+=personality"),
    SURFACE("userfaultfd", "stop the kernel in the middle of a call",
            "A child asks for a descriptor by which page faults are answered, those of the kernel too, so "
            "that it waits for as "
            "long as an exploit needs it to.",
            "sysctl vm.unprivileged_userfaultfd", "userfaultfd", "userfaultfd(0)", "ok",
            sys(SYS_userfaultfd, 0), OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_ptrace",
            "seccomp.allow+=userfaultfd"),
    SURFACE("bpf-prog-load", "load a program into the kernel",
            "A child loads a BPF program that returns at once, and attaches it to nothing. The verifier that "
            "should stop bad "
            "ones has been wrong often.",
            "CVE-2022-23222", "bpf", "bpf(BPF_PROG_LOAD)", "ok", load_program(), OUT_OF_THE_USER_NAMESPACE,
            "capabilities.keep+=[\"cap_bpf\"]", "seccomp.allow+=bpf",
            "rlimits.memlock=inherit"),  // against which programs were counted before Linux 5.11
    SURFACE("fanotify", "watch and stop what others do with files",
            "A child asks fanotify_init(2) for a group that decides whether others may open a file, and "
            "marks nothing.",
            "fanotify(7)", "fanotify_init", "fanotify_init(FAN_CLASS_CONTENT)", "ok",
            sys(SYS_fanotify_init, FAN_CLASS_CONTENT | FAN_CLOEXEC, 0), OUT_OF_THE_USER_NAMESPACE,
            "capabilities.keep+=cap_sys_admin", "seccomp.allow+=fanotify_init"),
    SURFACE("keyctl-family", "use the kernel's keyrings",
            "A child asks for the number of its session keyring. Objects of the keyrings were the way to "
            "root more than once.",
            "CVE-2016-0728", "keyctl", "keyctl(GET_KEYRING_ID, SESSION)", "ok",
            sys(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0), "seccomp.allow+=keyctl"),
    SURFACE(
        "ptrace-traceme", "use the calls of debuggers",
        "A child asks ptrace(2) to let its parent go on, which it does not trace: ESRCH, where the call is "
        "to be had at all. Before Linux 4.8 a tracer could change a call behind the back of the filter.",
        "CVE-2019-13272", "ptrace", "ptrace(PTRACE_CONT, parent)", "ESRCH",
        sys(SYS_ptrace, PTRACE_CONT, sys(SYS_getppid).value, 0, 0), "seccomp.allow+=ptrace"),
    SURFACE(
        "name-to-handle", "name a file without its path",
        "A child asks for the handle of the root directory, with room for none. Who may open a file by its "
        "handle (CAP_DAC_READ_SEARCH) finds every other of the file system from there.",
        "open_by_handle_at(2)", "name_to_handle_at", "name_to_handle_at(\"/\", 0 bytes)", "EOVERFLOW",
        handle_of_the_root(), "seccomp.deny-=name_to_handle_at"),
#if defined(__x86_64__)
    SURFACE("modify-ldt", "change the table of segments",
            "A child reads nothing of its local descriptor table, a thing of 16-bit programs.",
            "CVE-2017-17053", "modify_ldt", "modify_ldt(0, NULL, 0)", "ok",
            sys(SYS_modify_ldt, 0, nullptr, 0), "seccomp.allow+=modify_ldt"),
#endif
};

}  // namespace probe
