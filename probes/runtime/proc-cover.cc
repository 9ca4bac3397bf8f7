// What is mounted over a part of /proc deceives the runtime, which writes there: a label that it believes it
// has set for the program, a setting that it believes to be one of the sandbox.

#include <fcntl.h>
#include <sys/stat.h>

#include "bundle.h"
#include "lines.h"

namespace probe {
namespace {

void look(const char* path) {
  struct stat info {};
  attempt("stat", Text("stat(", quoted(path), ")"),
          sys(SYS_newfstatat, AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW));
}

bool ends(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         std::string_view(text.data() + text.size() - end.size(), end.size()) == end;
}

/// Looks in the table of mounts for one on a place that ends so, and begins with /proc.
void find_mount(std::string_view end) {
  bool found = false;
  Result read = each_line("/proc/self/mountinfo", [&](std::string_view line) {
    std::size_t from = 0;
    for (int words = 0; words < 4 && from < line.size(); ++from) words += line[from] == ' ';
    std::size_t to = from;
    while (to < line.size() && line[to] != ' ') ++to;
    const std::string_view place(line.data() + from, to - from);
    if (found || place.size() < 6 || std::string_view(place.data(), 6) != "/proc/" || !ends(place, end))
      return;
    found = true;
    saw({line.data(), line.size() < 200 ? line.size() : 200});
  });
  if (!read)
    attempt("read", "read(\"/proc/self/mountinfo\")", read);
  else
    attempt("read", "read(\"/proc/self/mountinfo\")", found ? "ok" : "no effect");
}

constexpr const char* remedy =
    "Use a runtime that mounts nothing of a bundle in /proc, of whatever kind and by whatever name: runc "
    "1.1.5 "
    "refuses to bind there, and makes a tmpfs nevertheless.";

#define REFUSED_IN_PROC                                                \
  {                                                                    \
    "cannot be mounted because it is (inside /proc|not of type proc)", \
        "creating mount point ./proc/self/attr.: .*not a directory"    \
  }
#define COVERING                                                                                             \
  "A volume of the bundle is to be mounted there, with a file in it that /proc does not have, and it looks " \
  "for that file. A runtime reads and writes /proc for the sandbox, and must have the kernel's own before "  \
  "it."

}  // namespace

// A row of it: the id, what it does, its CVE, the file that must not be there, the mounts, the entries.
#define COVER(ID, SUMMARY, CVE, FILE, MOUNTS_OF_IT, ...)                                             \
  {                                                                                                  \
    .id = ID, .cls = "runtime", .guarantee = "runtime.kernel-file-systems", .summary = SUMMARY,      \
    .technique = COVERING, .references = {CVE, "proc(5)"}, .attempts = {{"stat", {"ENOENT"}}},       \
    .witness = {"node " FILE " no device"}, .opening = {"files+={path=\"" FILE "\",content=\"x\"}"}, \
    .remedy = remedy,                                                                                \
    .bundle = {.patch = "[" MOUNTS_OF_IT "]",                                                        \
               .entries = {"directory volume", "file volume/planted x" __VA_OPT__(, ) __VA_ARGS__},  \
               .refusals = REFUSED_IN_PROC},                                                         \
    .attack = [](const Order&) { look(FILE); },                                                      \
  }

// A row of it: the id, what it does, the end of the place, the mount, that of its control.
#define COVER_A_FILE(ID, SUMMARY, PLACE, MOUNT, CONTROL)                                                   \
  {                                                                                                        \
    .id = ID, .cls = "runtime", .guarantee = "runtime.kernel-file-systems", .summary = SUMMARY,            \
    .technique =                                                                                           \
        "The bundle asks for a mount there, and it looks in its own table of mounts whether it was made. " \
        "What the runtime then writes in good faith lands elsewhere, or nowhere.",                         \
    .references = {"CVE-2025-52881", "proc_pid_attr(5)"}, .attempts = {{"read", {"no effect"}}},           \
    .witness = {"mountinfo \\S+ \\S+ \\S+ \\S+ /proc/.*" PLACE " .*"}, .opening = {PROC, CONTROL},         \
    .remedy = remedy,                                                                                      \
    .bundle = {.patch = "[" MOUNTS(PROC_OF_A_RUNTIME "," MOUNT) "]",                                       \
               .entries = {"directory volume", "file volume/planted x"},                                   \
               .refusals = REFUSED_IN_PROC},                                                               \
    .attack = [](const Order&) { find_mount(PLACE); },                                                     \
  }

constinit const Probes probes = {
    COVER("cve-2019-16884", "cover /proc by a volume", "CVE-2019-16884", "/proc/planted",
          MOUNTS(PROC_OF_A_RUNTIME "," BIND("volume", "/proc"))),
    COVER("cve-2015-3631", "cover the kernel's settings by a volume", "CVE-2015-3631", "/proc/sys/planted",
          MOUNTS(PROC_OF_A_RUNTIME "," BIND("volume", "/proc/sys"))),
    COVER("cve-2015-3631-dots", "cover the kernel's settings by a roundabout name", "CVE-2015-3631",
          "/proc/sys/planted", MOUNTS(PROC_OF_A_RUNTIME "," BIND("volume", "/tmp/../proc/sys"))),
    COVER("cve-2021-30465", "cover the kernel's settings by a link in the image", "CVE-2021-30465",
          "/proc/sys/planted", MOUNTS(PROC_OF_A_RUNTIME "," BIND("volume", "/link/sys")),
          "symlink link /proc"),
    COVER("cve-2021-30465-volume", "cover the kernel's settings by a link in another volume",
          "CVE-2021-30465", "/proc/sys/planted",
          MOUNTS(PROC_OF_A_RUNTIME "," BIND("outer", "/shared") "," BIND("volume", "/shared/link/sys")),
          "directory shared", "directory outer", "symlink outer/link /proc"),
    COVER_A_FILE("cve-2025-52881", "cover where the runtime writes the label of a program", "/attr",
                 "{\"destination\":\"/proc/self/attr\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"}",
                 "mounts+={type=\"tmpfs\",target=\"/proc/self/attr\"}"),
    COVER_A_FILE("cve-2025-52881-setting", "cover a file that the runtime may be led to write",
                 "/core_pattern", BIND("volume/planted", "/proc/sys/kernel/core_pattern"),
                 "mounts+={type=\"bind\",source=\"/dev/null\",target=\"/proc/sys/kernel/core_pattern\"}"),
};

}  // namespace probe
