// What /proc has for a process that is alone in its pid namespace, and that it could do without.

#include "child.h"
#include "openings.h"
#include "paths.h"
#include "scratch.h"

constinit const probe::Probes probe::probes = {
    {.id = "hidepid-subset",
     .cls = "proc",
     .guarantee = "proc.processes-only",
     .summary = "find more in /proc than processes",
     .technique = "Opens /proc/sys and other directories of /proc that are about the machine. A /proc with "
                  "subset=pid has none of them: nothing to be masked, and nothing to be forgotten.",
     .references = {"proc(5), subset=pid", "systemd.exec(5), ProcSubset"},
     .attempts = {{"open", OUT_OF_REACH}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Mount /proc with subset=pid, or not at all.",
     .attack =
         [](const Order&) {
           open_each({"/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq"}, "O_DIRECTORY",
                     O_RDONLY | O_DIRECTORY);
         }},
    {.id = "ns-last-pid-write",
     .cls = "proc",
     .guarantee = "proc.settings",
     .summary = "choose the number of the next process",
     .technique = "Opens /proc/sys/kernel/ns_last_pid to write, and writes nothing. The file lets everybody "
                  "open it, and asks for CAP_CHECKPOINT_RESTORE at the first write; who chooses numbers "
                  "takes that of a process which others still wait for.",
     .references = {"pid_namespaces(7)", "capabilities(7), CAP_CHECKPOINT_RESTORE"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc, or make /proc/sys read-only.",
     .attack = [](const Order&) { open_each({"/proc/sys/kernel/ns_last_pid"}, "O_WRONLY", O_WRONLY); }},
    {.id = "oom-adj-lower",
     .cls = "proc",
     .guarantee = "proc.last-to-die",
     .summary = "be the last one to be killed when memory runs out",
     .technique = "A child writes to its own oom_score_adj that it is to be spared a little, and ends. "
                  "Without CAP_SYS_RESOURCE a process may only make itself a better victim (EACCES).",
     .references = {"proc_pid_oom_score_adj(5)", "capabilities(7), CAP_SYS_RESOURCE"},
     .attempts = {{"write", {"ENOENT", "EACCES", "EPERM", "EROFS"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_resource", PROC},
     .remedy = "Keep cap_sys_resource from the sandbox, and set oom_score_adj before it starts.",
     .attack =
         [](const Order&) {
           attempt("write", "write(\"/proc/self/oom_score_adj\", \"-1\")", in_child([] {
                     Result opened =
                         sys(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
                     return opened ? sys(SYS_write, opened.value, "-1", 2) : opened;
                   }));
         }},
    {.id = "opath-reopen-upgrade",
     .cls = "proc",
     .guarantee = "proc.descriptors",
     .summary = "open a file to write that was given to read",
     .technique = "Opens a file of its own to read only, and by that descriptor, in /proc/self/fd, the same "
                  "file to write. The magic link leads to the file itself: who hands out a descriptor to "
                  "read has handed out what the mode of the file allows.",
     .references = {"proc_pid_fd(5)", "openat2(2), RESOLVE_NO_MAGICLINKS", "CVE-2019-5736"},
     .attempts = {{"open", {"ENOENT", "EACCES", "EPERM", "EROFS"}}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc, or give it no more than it may have with all that modes allow.",
     .attack =
         [](const Order&) {
           Fd file = scratch_file();
           Text path("/proc/self/fd/", file.get());
           Result opened = sys(SYS_openat, AT_FDCWD, path.c_str(), O_RDONLY | O_CLOEXEC);
           if (!opened) {
             attempt("open", Text("open(", quoted(path), ", O_RDONLY)"), opened);
             return;
           }
           Fd reading(step(Text("open(", quoted(path), ", O_RDONLY)"), opened));
           Text again("/proc/self/fd/", reading.get());
           Fd writing(attempt("open", Text("open(", quoted(again), ", O_RDWR)"),
                              sys(SYS_openat, AT_FDCWD, again.c_str(), O_RDWR | O_CLOEXEC)));
         }},
};
