// A runtime shows a sandbox its control group by a mount, which is to be read-only: who can write there takes
// its own limits away.

#include <fcntl.h>

#include "bundle.h"

namespace probe {

constinit const Probes probes = {
    {.id = "cve-2023-25809",
     .cls = "runtime",
     .guarantee = "runtime.control-groups",
     .summary = "write to a control group that was mounted read-only",
     .technique =
         "The bundle mounts the control groups read-only, and it opens a list of processes there to "
         "write, and writes nothing. Where a runtime could not mount them it bound those of the host, "
         "and forgot that they were to be read-only.",
     .references = {"CVE-2023-25809", "cgroups(7)"},
     .attempts = {{"open", {"EROFS", "EACCES", "EPERM", "ENOENT"}}},
     .witness = {"trace"},
     .opening = {CGROUPS_OF_THE_HOST_TO_WRITE, AS_ROOT_OF_THE_HOST},
     .remedy = "Use a runtime that mounts them as it was told, runc 1.1.5, and give the sandbox a cgroup "
               "namespace.",
     .bundle = {.patch =
                    R"([{"op":"add","path":"/mounts/-","value":{"destination":"/sys/fs/cgroup",)"
                    R"("type":"cgroup","source":"cgroup","options":["nosuid","noexec","nodev","ro"]}}])"},
     .attack =
         [](const Order&) {
           // Of version 2, of both together, of a controller of version 1.
           for (const char* path :
                {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
                 "/sys/fs/cgroup/pids/cgroup.procs", "/sys/fs/cgroup/memory/cgroup.procs"}) {
             Result opened = attempt("open", Text("open(", quoted(path), ", O_WRONLY)"),
                                     sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC));
             if (!opened) continue;
             Fd file(opened);
             hold();
             return;
           }
         }},
};

}  // namespace probe
