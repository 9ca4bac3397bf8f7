// What is mounted is written down in /proc/self/mountinfo, and there are calls to ask for it: both tell more
// of the host than a sandbox should know.

#include <fcntl.h>
#include <linux/mount.h>

#include "input.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy = "Show the sandbox no /proc.";

bool begins(std::string_view text, std::string_view part) {
  return text.size() >= part.size() && std::string_view(text.data(), part.size()) == part;
}

/// Where a part begins; the end of the text if it has none such.
std::size_t find(std::string_view text, std::string_view part) {
  std::size_t at = 0;
  while (at < text.size() && !begins({text.data() + at, text.size() - at}, part)) ++at;
  return at;
}

/// The word of a line that has `before` words before it.
std::string_view word(std::string_view line, int before) {
  std::size_t start = 0;
  for (; before > 0 && start < line.size(); ++start)
    if (line[start] == ' ') --before;
  std::size_t end = start;
  while (end < line.size() && line[end] != ' ') ++end;
  return {line.data() + start, end - start};
}

/// Attempts "read", and shows the first line that is wanted.
template <typename Wanted>
void find_mount(Wanted wanted) {
  Result opened = sys(SYS_openat, AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  Text call("open(\"/proc/self/mountinfo\")");
  if (!opened) {
    attempt("read", call, opened);
    return;
  }
  Fd file(step(call, opened));
  Input lines(file.get());
  char* line = lines.line();
  while (line != nullptr && !wanted(std::string_view(line))) line = lines.line();
  attempt("read", "read(/proc/self/mountinfo)", line != nullptr ? "ok" : "no effect");
  if (line != nullptr) saw(line);
}

// The same in the words of mnt_id_req and listmount(2), which the headers may be too old for.
constexpr long sys_listmount = 458;
struct ListRequest {
  unsigned size = sizeof(ListRequest), unused = 0;
  unsigned long mount = ~0UL;  // LSMT_ROOT
  unsigned long last = 0;
  unsigned long mount_namespace = 0;
};

}  // namespace

constinit const Probes probes = {
    {.id = "overlay-upperdir-path-leak",
     .cls = "mount",
     .guarantee = "mount.table",
     .summary = "learn where its root lies on the host",
     .technique = "Looks in its table of mounts for an overlay, whose options name its directories by their "
                  "paths on the host. Many ways out need that path: what a helper of the kernel runs is "
                  "looked up in the host's root.",
     .references = {"proc_pid_mountinfo(5)", "CVE-2022-0492"},
     .attempts = {{"read", {"ENOENT", "EACCES", "no effect"}}},
     .witness = {"mountinfo .* - overlay .*lowerdir.*"},
     .opening = {PROC, "root.lower=[\"/usr\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           find_mount([](std::string_view line) {
             return find(line, " - overlay ") < line.size() && find(line, "lowerdir") < line.size();
           });
         }},
    {.id = "mountinfo-hostpaths",
     .cls = "mount",
     .guarantee = "mount.table",
     .summary = "learn from which disks and directories it was built",
     .technique = "Looks in its table of mounts for one of a disk, or of a directory of another file system: "
                  "the line tells which, names of users and projects included. What the kernel makes itself "
                  "does not count.",
     .references = {"proc_pid_mountinfo(5)"},
     .attempts = {{"read", {"ENOENT", "EACCES", "no effect"}}},
     .witness = {"mountinfo .* - (\\S+ /dev/.*|(?!devtmpfs|proc|sysfs|nsfs|cgroup).*)"},
     .opening = {PROC, "mounts+={type=\"bind\",source=\"/usr\",target=\"/usr\"}"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           find_mount([](std::string_view line) {
             std::size_t separator = find(line, " - ");
             if (separator == line.size()) return false;
             std::string_view kind(line.data() + separator + 3, line.size() - separator - 3);
             if (begins(word(kind, 1), "/dev/")) return true;
             for (const char* own : {"devtmpfs", "proc", "sysfs", "nsfs", "cgroup"})
               if (begins(kind, own)) return false;
             return word(line, 3).size() > 1;
           });
         }},
    {.id = "listmount-host",
     .cls = "mount",
     .guarantee = "mount.table",
     .summary = "list what is mounted on the host",
     .technique = "Asks listmount(2) for the mounts of the host's mount namespace, by its number, which the "
                  "harness tells. The call needs no /proc and no process there.",
     .references = {"listmount(2)", "statmount(2)"},
     .attempts = {{"listmount", {"EPERM", "ENOENT"}, {"ok"}, {"ENOSYS", "EINVAL"}}},  // before Linux 6.11
     .witness = {"mount-namespace", "trace"},
     // The names of calls that this new are not known to every libseccomp.
     .opening = {"seccomp.mode=off", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_admin"},
     .remedy = "Give the sandbox a user namespace, and keep cap_sys_admin from it.",
     .attack =
         [](const Order& order) {
           ListRequest request;
           request.mount_namespace = static_cast<unsigned long>(order.number("namespace"));
           unsigned long mounts[16];
           attempt("listmount", Text("listmount(namespace ", request.mount_namespace, ")"),
                   sys(sys_listmount, &request, mounts, 16, 0));
         }},
};

}  // namespace probe
