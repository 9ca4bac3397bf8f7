// A runtime has descriptors open that lead outside: of the control groups, of whoever called it. A bundle
// that begins in one of them, by its name in /proc/self/fd, begins outside, and ".." leads on from there.

#include "bundle.h"
#include "paths.h"

namespace probe {
namespace {

/// Reads the canary, upwards from the working directory.
void climb(const Order& order) {
  const Text path("../../../../../../../../../..", order.text("canary"));
  read_canary("openat", AT_FDCWD, path.c_str(), "AT_FDCWD");
}

}  // namespace

// A row of it: the id, what the working directory is, that directory, and what there is in the root.
#define BEGIN_OUTSIDE(ID, SUMMARY, CWD, ...)                                                               \
  {                                                                                                        \
    .id = ID, .cls = "runtime", .guarantee = "runtime.working-directory", .summary = SUMMARY,              \
    .technique =                                                                                           \
        "Begins in \"" CWD                                                                                 \
        "\", and opens a file of the host from there by \"..\", which ends at a root only for who "        \
        "is below it. What the runtime did not close before it changed to that directory leads out.",      \
    .references = {"CVE-2024-21626", "proc_pid_fd(5)", "getcwd(3)"},                                       \
    .attempts = {{"openat", {"ENOENT", "EACCES"}}}, .witness = {"root", "descriptor directory"},           \
    .opening = {PROC, "process.inherit=[\"descriptors\"]", "process.cwd=/proc/self/fd/100"},               \
    .remedy =                                                                                              \
        "Use a runtime that closes its descriptors before it enters the working directory, and looks "     \
        "where that is: runc 1.1.12.",                                                                     \
    .bundle =                                                                                              \
        {.patch = "[{\"op\":\"add\",\"path\":\"/process/cwd\",\"value\":\"" CWD "\"}]",                    \
         .entries = {__VA_ARGS__},                                                                         \
         .refusals =                                                                                       \
             {"current working directory is outside of container mount namespace root",                    \
              "chdir to cwd .* failed: (no such file or directory|not a directory)",                       \
              "failed to find initial working directory .*: (invalid argument|no such file or directory)", \
              "chdir (to )?`.*`.*: (No such file or directory|Not a directory)",                           \
              "the working directory is not accessible from the current namespace",                        \
              "mkdir (/proc/self/fd/[0-9]+|/work): (no such file or directory|not a "                      \
              "directory|file exists)"}},                                                                  \
    .attack = climb,                                                                                       \
  }

constinit const Probes probes = {
    BEGIN_OUTSIDE("cve-2024-21626", "begin in a directory that the caller of the runtime left open",
                  "/proc/self/fd/100"),
    BEGIN_OUTSIDE("cve-2024-21626-fd-7", "begin in a directory that the runtime left open",
                  "/proc/self/fd/7"),
    BEGIN_OUTSIDE("cve-2024-21626-fd-8", "begin in another directory that the runtime left open",
                  "/proc/self/fd/8"),
    BEGIN_OUTSIDE("cve-2024-21626-above", "begin above a directory that the runtime left open",
                  "/proc/self/fd/7/../../.."),
    BEGIN_OUTSIDE("cve-2024-21626-link", "begin in a link of the image to what the runtime left open",
                  "/work", "symlink work /proc/self/fd/7"),
};

}  // namespace probe
