// Engines hide files of /proc and /sys from containers by a mount of /dev/null on each, and of an empty tmpfs
// on each directory; others they make read-only. An image that brings its own /dev brings its own /dev/null.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "bundle.h"

namespace probe {
namespace {

/// What lies on the name of a file to hide: the null device, or not.
void look(const char* path) {
  struct stat info {};
  Result found = sys(SYS_newfstatat, AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW);
  const Text call("stat(", quoted(path), ")");
  if (!found)
    attempt("stat", call, found);
  else
    attempt("stat", call, S_ISCHR(info.st_mode) && info.st_rdev == makedev(1, 3) ? "no effect" : "ok");
}

/// Opens to write, and writes nothing.
void open_to_write(const char* path) {
  Fd file(attempt("open", Text("open(", quoted(path), ", O_WRONLY)"),
                  sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC)));
  hold();
}

}  // namespace

#define MASKED(PATH) "{\"op\":\"add\",\"path\":\"/linux/maskedPaths\",\"value\":[\"" PATH "\"]}"
#define SYS_OF_A_RUNTIME "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\"}"

// A row of it: the id, what it does, how it works, its CVE, the file that is to be hidden, the denials, the
// opening; what is changed, what is made.
#define HIDDEN(ID, SUMMARY, TECHNIQUE, CVE, FILE, DENIALS, REMEDY, OPENING, CHANGES, ...)                 \
  {                                                                                                       \
    .id = ID, .cls = "runtime", .guarantee = "runtime.masks", .summary = SUMMARY, .technique = TECHNIQUE, \
    .references = {CVE, "OCI runtime-spec, config-linux.md, maskedPaths"},                                \
    .attempts = {{"stat", DENIALS, just_ok, {"ENOENT"}}}, .witness = {"node " FILE " (no device|c 1:5)"}, \
    .opening = {OPENING}, .remedy = REMEDY,                                                               \
    .bundle = {.patch = "[" CHANGES "]",                                                                  \
               .entries = {__VA_ARGS__},                                                                  \
               .refusals = {"/dev/null is invalid", "(stat|open) /dev/null: no such file or directory",   \
                            "open(\\(\\)ing)? `?/dev/null`?: No such file"}},                             \
    .attack = [](const Order&) { look(FILE); },                                                           \
  }
#define STILL_A_FILE \
  { "no effect" }
#define OR_GONE \
  { "no effect", "ENOENT" }
#define OWN_NULL                                                                                            \
  "The bundle mounts a directory of its own on /dev, and asks for /proc/timer_list to be hidden. It looks " \
  "whether the null device lies there: a runtime that mounts whatever is called /dev/null has hidden "      \
  "nothing, and lets the bundle choose what is there instead."
// Not a file: crun up to 1.29.1 takes what has no device number, as pipes have none, for the null device that
// it is to open again, and the probe would lose its standard input (CVE-2026-88265).
#define ZERO(DESTINATION) \
  "{\"destination\":\"" DESTINATION "\",\"type\":\"bind\",\"source\":\"/dev/zero\",\"options\":[\"bind\"]}"
#define LISTED                                                                                             \
  "The bundle asks for it to be hidden, and shows all of /proc and /sys else. It looks whether it can be " \
  "seen nevertheless."
#define OTHER_NULL "Use a runtime that looks at what it mounts as /dev/null: runc 1.2.8, 1.3.3."
#define NAME_IT "Name it among the masked paths, as container engines do."

// A row of it: the id, what it does, the path that is to be read-only, the file.
#define READ_ONLY(ID, SUMMARY, PATH, FILE)                                                                     \
  {                                                                                                            \
    .id = ID, .cls = "runtime", .guarantee = "runtime.masks", .summary = SUMMARY,                            \
    .technique = "The bundle shows all of /proc, and asks for " PATH                                         \
                 " to be read-only. It opens a file there to write, and writes nothing.",                    \
    .references = {"CVE-2015-3630", "OCI runtime-spec, config-linux.md, readonlyPaths"},                     \
    .attempts = {{"open", {"EROFS", "EACCES", "EPERM"}, just_ok, {"ENOENT"}}}, .witness = {"trace"},                              \
    .opening = {AS_ROOT_OF_THE_HOST, "mounts+={type=\"proc\",target=\"/proc\",read_only=false}"},            \
    .remedy = "Name it among the read-only paths, and give the sandbox a user namespace.",                   \
    .bundle = {.patch = "[" MOUNTS(PROC_OF_A_RUNTIME) ",{\"op\":\"add\",\"path\":\"/linux/readonlyPaths\","  \
                        "\"value\":[\"" PATH "\"]}]"},                                                       \
    .attack = [](const Order&) { open_to_write(FILE); }, \
  }

constinit const Probes probes = {
    HIDDEN("cve-2025-31133", "see a masked file by a /dev/null that is a link", OWN_NULL, "CVE-2025-31133",
           "/proc/timer_list", STILL_A_FILE, OTHER_NULL, PROC,
           MOUNTS(PROC_OF_A_RUNTIME
                  "," BIND("devices", "/dev") "," ZERO("/zero")) "," MASKED("/proc/timer_list"),
           "directory devices", "file zero x", "symlink devices/null /zero"),
    HIDDEN("cve-2025-31133-device", "see a masked file by a /dev/null that is another device", OWN_NULL,
           "CVE-2025-31133", "/proc/timer_list", STILL_A_FILE, OTHER_NULL, PROC,
           MOUNTS(PROC_OF_A_RUNTIME
                  "," BIND("devices", "/dev") "," ZERO("/dev/null")) "," MASKED("/proc/timer_list"),
           "directory devices", "file devices/null x"),
    HIDDEN("cve-2025-31133-missing", "see a masked file where there is no /dev/null", OWN_NULL,
           "CVE-2025-31133", "/proc/timer_list", STILL_A_FILE, OTHER_NULL, PROC,
           MOUNTS(PROC_OF_A_RUNTIME "," BIND("devices", "/dev")) "," MASKED("/proc/timer_list"),
           "directory devices"),
    HIDDEN("cve-2017-5967", "see what timers the kernel runs though that is masked", LISTED, "CVE-2017-5967",
           "/proc/timer_list", STILL_A_FILE, NAME_IT, PROC,
           MOUNTS(PROC_OF_A_RUNTIME) "," MASKED("/proc/timer_list")),
    HIDDEN("cve-2017-16539", "see the disks of the host though they are masked", LISTED, "CVE-2017-16539",
           "/proc/scsi/scsi", OR_GONE, NAME_IT, PROC, MOUNTS(PROC_OF_A_RUNTIME) "," MASKED("/proc/scsi")),
    HIDDEN("cve-2018-10892", "see what wakes the host though that is masked", LISTED, "CVE-2018-10892",
           "/proc/acpi/wakeup", OR_GONE, NAME_IT, PROC, MOUNTS(PROC_OF_A_RUNTIME) "," MASKED("/proc/acpi")),
    HIDDEN("cve-2020-8694", "see what power the processor takes though that is masked", LISTED,
           "CVE-2020-8694", "/sys/devices/virtual/powercap/uevent", OR_GONE, NAME_IT, SYSFS,
           MOUNTS(PROC_OF_A_RUNTIME "," SYS_OF_A_RUNTIME) "," MASKED("/sys/devices/virtual/powercap")),
    READ_ONLY("cve-2015-3630", "open a setting of the kernel to write though that is read-only", "/proc/sys",
              "/proc/sys/kernel/core_pattern"),
    READ_ONLY("cve-2015-3630-sysrq", "open the kernel's emergency keys to write though they are read-only",
              "/proc/sysrq-trigger", "/proc/sysrq-trigger"),
};

}  // namespace probe
