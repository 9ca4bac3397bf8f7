// Control groups are directories, and their limits are files: cgroups(7). Who may write to them is not
// limited. Each is opened and closed again; nothing is written.

#include "directory.h"
#include "lines.h"
#include "openings.h"
#include "paths.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Show the sandbox no /sys/fs/cgroup but a read-only one, and give it a user namespace, in which the "
    "host's groups belong to nobody.";

#define TOP "/sys/fs/cgroup"

/// Its own group in the hierarchy of a controller, by /proc/self/cgroup: "8:pids:/a/b", "0::/a/b". Empty
/// where it is in the topmost one, which has no limits, or where a namespace makes that of its own the
/// topmost.
Text own_group(std::string_view controller) {
  Text out;
  each_line("/proc/self/cgroup", [&](std::string_view line) {
    std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) return;
    std::string_view name(line.data() + first + 1, second - first - 1);
    std::string_view path(line.data() + second + 1, line.size() - second - 1);
    if (name == controller && path != "/") out = Text(TOP, controller.empty() ? "" : "/", controller, path);
  });
  return out;
}

bool open_to_write(const Text& path) { return open_each({path.c_str()}, "O_WRONLY", O_WRONLY); }

/// Attempts `file` of its own group in the hierarchy of a controller; "" is version 2.
bool open_own(const char* controller, const char* file) {
  Text group = own_group(controller);
  return open_to_write(Text(group.empty() ? Text(TOP "/own-group") : group, "/", file));
}

/// Attempts `file` of each group below `directory`, until one lets it.
bool open_below(const char* directory, const char* file) {
  Result found = sys(SYS_openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (!found) {
    attempt("open", Text("open(", quoted(directory), ")"), found);
    return false;
  }
  Fd top(found);
  bool opened = false;
  each_entry(top, [&](const Entry& entry) {
    opened = entry.type == DT_DIR && open_to_write(Text(directory, "/", entry.name, "/", file));
    return opened;
  });
  return opened;
}

}  // namespace

// Each row of it: the id, the guarantee, the summary, how it works, references, the openings, what is done
#define GROUP(ID, GUARANTEE, SUMMARY, TECHNIQUE, REFERENCES, OPENING, ...)                                   \
  {                                                                                                          \
    .id = ID, .cls = "cgroup", .guarantee = "cgroup." GUARANTEE, .summary = SUMMARY, .technique = TECHNIQUE, \
    .references = REFERENCES, .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}}, .witness = {"trace"}, \
    .opening = OPENING, .remedy = remedy, .attack = [](const Order&) { __VA_ARGS__; },                       \
  }
#define LIST(...) \
  { __VA_ARGS__ }

constinit const Probes probes = {
    GROUP(
        "cgroupfs-writable", "groups", "move processes of the host between its control groups",
        "Opens the file that takes the number of a process, in the topmost group of several hierarchies, to "
        "write. By it a process leaves the group that limits it.",
        LIST("cgroups(7)", "CVE-2022-0492", "CVE-2023-25809"),
        LIST(AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST_TO_WRITE),
        open_each({TOP "/cgroup.procs", TOP "/unified/cgroup.procs", TOP "/pids/cgroup.procs",
                   TOP "/memory/cgroup.procs"},
                  "O_WRONLY", O_WRONLY)),
    GROUP("cgroup-raise-own-limit", "limits", "raise a limit of its own",
          "Finds its own group by /proc/self/cgroup and opens the limits of memory and processes there, to "
          "write.",
          LIST("cgroups(7)", "https://docs.kernel.org/admin-guide/cgroup-v2.html"),
          LIST(AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST_TO_WRITE, PROC, "namespaces.new-=cgroup"),
          open_own("memory", "memory.limit_in_bytes") || open_own("pids", "pids.max") ||
              open_own("", "memory.max")),
    GROUP(
        "cgroup-migrate-out", "groups", "leave its own group for the one above",
        "Finds its own group by /proc/self/cgroup and opens the file that takes processes in the one above, "
        "to write. What it started there would be limited by nobody.",
        LIST("cgroups(7)", "CVE-2021-4197"),
        LIST(AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST_TO_WRITE, PROC, "namespaces.new-=cgroup"),
        open_own("pids", "../cgroup.procs") || open_own("memory", "../cgroup.procs") ||
            open_own("", "../cgroup.procs")),
    GROUP(
        "cgroup-v1-release-agent", "release-agent", "have the host run a program when a group is empty",
        "Opens release_agent of several hierarchies of version 1, to write. The program that it names is run "
        "by the kernel as root of the host, outside of every sandbox, as soon as a group is left by its last "
        "process. Since Linux 5.17 to write there takes CAP_SYS_ADMIN over the host too.",
        LIST("cgroups(7), Cgroups v1 release notification", "CVE-2022-0492",
             "https://attack.mitre.org/techniques/T1611/"),
        LIST(AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST_TO_WRITE),
        open_each({TOP "/pids/release_agent", TOP "/memory/release_agent", TOP "/rdma/release_agent",
                   TOP "/cpu/release_agent", TOP "/devices/release_agent", TOP "/systemd/release_agent"},
                  "O_WRONLY", O_WRONLY)),
    GROUP("cgroup-devices-allow", "devices", "allow itself every device",
          "Opens devices.allow, in the topmost group and in those below, to write. By one line there a group "
          "may use any device, the disks of the host among them.",
          LIST("https://docs.kernel.org/admin-guide/cgroup-v1/devices.html"),
          LIST(AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST_TO_WRITE),
          open_each({TOP "/devices/devices.allow"}, "O_WRONLY", O_WRONLY) ||
              open_below(TOP "/devices", "devices.allow")),
    GROUP("cgroup-freeze-kill-host", "groups", "stop or kill what other groups hold",
          "Opens the files by which all processes of a group are killed, stop, or have no memory left, to "
          "write, in one group after the other until one lets it. One byte there ends a service of the host.",
          LIST("cgroups(7)", "https://docs.kernel.org/admin-guide/cgroup-v2.html"),
          LIST(AS_ROOT_OF_THE_HOST, CGROUPS_OF_THE_HOST_TO_WRITE),
          open_below(TOP, "cgroup.kill") || open_below(TOP "/unified", "cgroup.kill") ||
              open_below(TOP "/freezer", "freezer.state") ||
              open_below(TOP "/memory", "memory.limit_in_bytes")),
    GROUP("misc-rdma-limits", "visible", "read which limits the host has set, and which not",
          "Opens limits of the groups of the host to read, and reads nothing: what is not limited there is "
          "what the next attack uses up.",
          LIST("cgroups(7)", "CIS Docker Benchmark 5.11"), LIST(CGROUPS_OF_THE_HOST),
          open_each({TOP "/cgroup.controllers", TOP "/memory/memory.limit_in_bytes", TOP "/pids/cgroup.procs",
                     TOP "/cpu/cpu.shares", TOP "/unified/cgroup.controllers"},
                    "O_RDONLY", O_RDONLY)),
    {.id = "cgroup-psi-leak",
     .cls = "cgroup",
     .guarantee = "cgroup.pressure",
     .summary = "learn how long others wait for processor, memory and disk",
     .technique = "Opens what the kernel tells of the pressure and the load of the whole machine. By it one "
                  "sees when others work, and how much. Each file is opened to read and closed unread, until "
                  "one lets it.",
     .references = {"https://docs.kernel.org/accounting/psi.html", "proc_loadavg(5)"},
     .attempts = {{"open", COVERED, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc, or a /proc of subset=pid.",
     .attack =
         [](const Order&) {
           open_uncovered("/proc", {"pressure/cpu", "pressure/io", "pressure/memory", "loadavg"});
         }},
};

}  // namespace probe
