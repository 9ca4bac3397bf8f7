// /proc and /sys are where a runtime looks at its own work, and where it hides what is to be hidden. In an
// image they can be links: what is mounted by their names then lies where the image wants it.

#include <fcntl.h>
#include <sys/stat.h>

#include "bundle.h"

namespace probe {
namespace {

/// Is there what was to be mounted elsewhere?
void look(const char* path) {
  struct stat info {};
  Result found = sys(SYS_newfstatat, AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW);
  attempt("stat", Text("stat(", quoted(path), ")"), found);
}

}  // namespace

// A row of it: the id, what it does, its CVE, what kind lies where, a file there, the mounts, the entries.
#define LINK(ID, SUMMARY, CVE, KIND, WHERE, FILE, MOUNTS_OF_IT, ...)                                   \
  {                                                                                                    \
    .id = ID, .cls = "runtime", .guarantee = "runtime.kernel-file-systems", .summary = SUMMARY,        \
    .technique =                                                                                       \
        "The image has a link in place of the directory, to " WHERE                                    \
        ". It looks there for a file that the kernel makes. A runtime that mounted through "           \
        "the link lets the image choose what its own looks at /proc show, and what its masks cover.",  \
    .references = {CVE, "https://github.com/opencontainers/runc/security/advisories"},                 \
    .attempts = {{"stat", {"ENOENT"}}}, .witness = {"node " WHERE FILE " no device"},                  \
    .opening = {"mounts+={type=\"" KIND "\",target=\"" WHERE "\"}"},                                   \
    .remedy = "Use a runtime that mounts these on an ordinary directory alone: runc 1.1.5.",           \
    .bundle = {.patch = "[" MOUNTS_OF_IT "]",                                                          \
               .entries = {__VA_ARGS__},                                                               \
               .refusals = {"must be mounted on ordinary directory", "it must be mounted at the root", \
                            "the target `/(proc|sys)` is invalid: Not a directory"}},                  \
    .attack = [](const Order&) { look(WHERE FILE); },                                                  \
  }

constinit const Probes probes = {
    LINK("cve-2019-19921", "have /proc mounted elsewhere by a link in the image", "CVE-2019-19921", "proc",
         "/elsewhere", "/uptime", MOUNTS(PROC_OF_A_RUNTIME), "directory elsewhere",
         "symlink proc /elsewhere"),
    LINK("cve-2019-19921-sys", "have /sys mounted elsewhere by a link in the image", "CVE-2019-19921",
         "sysfs", "/elsewhere", "/kernel/uevent_seqnum",
         MOUNTS(PROC_OF_A_RUNTIME ",{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\"}"),
         "directory elsewhere", "symlink sys /elsewhere"),
    LINK("cve-2023-27561", "have /proc mounted in a volume by a link in the image", "CVE-2023-27561", "proc",
         "/shared/proc", "/uptime", MOUNTS(BIND("volume", "/shared") "," PROC_OF_A_RUNTIME),
         "directory volume", "directory volume/proc", "directory shared", "symlink proc /shared/proc"),
    LINK(
        "cve-2023-28642", "have /proc mounted on a tmpfs by a link in the image", "CVE-2023-28642", "proc",
        "/elsewhere/proc", "/uptime",
        MOUNTS("{\"destination\":\"/elsewhere\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}," PROC_OF_A_RUNTIME),
        "directory elsewhere", "symlink proc /elsewhere/proc"),
};

}  // namespace probe
