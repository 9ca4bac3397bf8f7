// Every key that a profile may hold.

#include "profile_keys.h"

#include <algorithm>

namespace isolator {
namespace {

using enum Type;

constexpr Section sections[] = {
    {"root", false},          {"namespaces", false},  {"identity", false},      {"mounts", true},
    {"capabilities", false},  {"seccomp", false},     {"seccomp.rules", true},  {"limits", false},
    {"rlimits", false},       {"environment", false}, {"network", false},       {"process", false},
    {"files", true},          {"landlock", false},    {"landlock.paths", true}, {"landlock.ports", true},
    {"limits.cpuset", false}, {"limits.io", false},
};

constexpr Key keys[] = {
    {"", "name", string, "(required)",
     "what the sandbox is called: letters, digits, `.`, `_`, `-`; at most 64", ""},
    {"", "summary", string, "\"\"", "one line for a person", ""},
    {"", "claims", strings, "[]",
     "guarantees it promises: `class.property`, `class.*` for a whole class, or `*`", ""},
    {"", "rootless", boolean, "false", "built without privilege: a caller who is root becomes nobody first",
     "user_namespaces(7)"},

    {"root", "method", string, "\"none\"",
     "how the root is switched: `none`, `chroot`, `move` (MS_MOVE, then chroot) or `pivot_root`",
     "pivot_root(2), chroot(2)"},
    {"root", "path", string, "\"\"",
     "directory on the host that becomes the root; empty: a fresh tmpfs, or without a mount namespace a "
     "temporary directory",
     ""},
    {"root", "archive", string, "\"\"",
     "instead of `path`: tar archive on the host, plain or compressed, that the fresh tmpfs is filled from",
     "tar(5)"},
    {"root", "keep_owners", boolean, "true",
     "of `archive`: owners as in it; `false`: all belongs to the first mapped uid and gid", "chown(2)"},
    {"root", "from", strings, "[]",
     "instead of `path`: programs on the host, copied into the fresh tmpfs with their libraries, loader and "
     "`#!` interpreter",
     "ld.so(8)"},
    {"root", "lower", strings, "[]",
     "instead of `path`: directories on the host under an overlay, the topmost first; they are never changed",
     "mount(8)"},
    {"root", "upper", string, "\"\"",
     "directory on the host that takes what is changed in the overlay; empty: a tmpfs, gone at the end",
     "mount(8)"},
    {"root", "work", string, "\"\"", "empty directory on the same file system as `upper`", "mount(8)"},
    {"root", "size", integer_or_string, "(half of memory)",
     "what the fresh tmpfs, or that of an overlay, can hold: bytes, or a size such as `\"64MiB\"`",
     "tmpfs(5)"},
    {"root", "read_only", boolean, "false", "the root is read-only, with all that is mounted below `path`",
     "mount_setattr(2)"},
    {"root", "masked_paths", strings, "[]",
     "paths inside, each covered by an empty file or directory; absent ones are left out", "mount(2)"},
    {"root", "read_only_paths", strings, "[]",
     "paths inside, each made read-only with all below; absent ones are left out", "mount_setattr(2)"},

    {"namespaces", "new", strings, "[]",
     "namespaces to create: `user`, `mount`, `pid`, `net`, `ipc`, `uts`, `cgroup`, `time`", "namespaces(7)"},
    {"namespaces", "join", strings, "[]",
     "namespaces of others to enter first: `net=/run/netns/blue`, `pid,mount=4242` those of a process, "
     "`4242` all that the caller is not in",
     "setns(2)"},

    {"namespaces", "nested_user", boolean, "true",
     "`false`: no user namespace can be made inside, which is tried; needs `user` in `new`, and no "
     "`cap_sys_resource`",
     "namespaces(7)"},
    {"namespaces", "monotonic", string, "\"0s\"",
     "offset of the monotonic clock from the host's, in a new time namespace: `10s`, `-2h`, or `random`",
     "time_namespaces(7)"},
    {"namespaces", "boottime", string, "\"0s\"", "the same for the clock since boot", "time_namespaces(7)"},

    {"identity", "uid", integer, "(the caller's; 0 in a user namespace)", "user id inside", "setresuid(2)"},
    {"identity", "gid", integer, "(the caller's; 0 in a user namespace)", "group id inside", "setresgid(2)"},
    {"identity", "groups", integers, "[]", "supplementary group ids inside", "setgroups(2)"},
    {"identity", "uid_map", strings, "[]",
     "lines of /proc/PID/uid_map, `INSIDE OUTSIDE COUNT`; OUTSIDE may be `self`, or `subuid` for the "
     "caller's "
     "subordinate ids; empty: `uid` is the caller and nobody else exists",
     "user_namespaces(7), subuid(5)"},
    {"identity", "gid_map", strings, "[]", "the same for groups, `self` or `subgid`",
     "user_namespaces(7), subgid(5)"},

    {"mounts", "type", string, "(required)",
     "`bind`, `proc`, `sysfs`, `tmpfs`, `devpts`, `mqueue` or `dev` (a tmpfs with null, zero, full, random, "
     "urandom, tty)",
     "mount(2)"},
    {"mounts", "source", string, "(required)", "`bind` only: path on the host", "mount(2)"},
    {"mounts", "target", string, "(required)", "path inside, made where it is missing", ""},
    {"mounts", "recursive", boolean, "true", "`bind` only: with all that is mounted below", "mount(2)"},
    {"mounts", "optional", boolean, "false", "`bind` only: leave the mount out where `source` does not exist",
     ""},
    {"mounts", "read_only", boolean, "(`true` for `bind` and `sysfs`)",
     "nothing can be written through this mount, nor through those below it", "mount_setattr(2)"},
    {"mounts", "nosuid", boolean, "true", "set-user-ID, set-group-ID and file capabilities have no effect",
     "mount(8)"},
    {"mounts", "nodev", boolean, "(`true`; `false` for `devpts`)", "device nodes cannot be opened",
     "mount(8)"},
    {"mounts", "noexec", boolean, "(`true` for `proc`, `sysfs`, `devpts` and `mqueue`)",
     "no program can be run from it", "mount(8)"},
    {"mounts", "nosymfollow", boolean, "false", "symbolic links are not followed; Linux 5.14, 5.10 or 5.11",
     "mount(8)"},
    {"mounts", "size", integer_or_string, "(half of memory)",
     "`tmpfs` only: bytes, or a size such as `\"16MiB\"`", "tmpfs(5)"},
    {"mounts", "inodes", integer, "(as many as half of memory has pages)",
     "`tmpfs` only: files, directories included", "tmpfs(5)"},
    {"mounts", "mode", string, "\"0755\"", "`tmpfs` only: mode of its root directory, octal", "tmpfs(5)"},
    {"mounts", "subset", string, "\"\"", "`proc` only: `pid` shows processes and nothing else", "proc(5)"},
    {"mounts", "hidepid", string, "\"\"",
     "`proc` only: `off`, `noaccess`, `invisible`, `ptraceable`, or their numbers `0`, `1`, `2`, `4`",
     "proc(5)"},

    {"mounts", "uid_map", strings, "[]",
     "`bind` only: lines `INSIDE OUTSIDE COUNT`: what OUTSIDE owns on the host INSIDE owns inside, and what "
     "it "
     "makes there is OUTSIDE's; needs `gid_map`, root and Linux 5.12",
     "mount_setattr(2)"},
    {"mounts", "gid_map", strings, "[]", "the same for groups", "mount_setattr(2)"},

    {"files", "path", string, "(required)", "path inside, on a tmpfs or an overlay; nothing may be there yet",
     ""},
    {"files", "content", string, "\"\"", "what the file holds", ""},
    {"files", "mode", string, "\"0644\"", "its mode, octal", "chmod(2)"},
    {"files", "symlink", string, "(a regular file)", "instead of `content`: what a symbolic link points to",
     "symlink(7)"},

    {"capabilities", "keep", strings, "[]",
     "capabilities to keep, `cap_chown`; `*` alone keeps all that the caller has. No section: no layer; "
     "an empty one keeps none",
     "capabilities(7)"},
    {"capabilities", "drop", strings, "[]", "capabilities to take out of `keep` again", "capabilities(7)"},

    {"capabilities", "securebits", strings, "[]",
     "what uid 0 and a change of uid do not give: `noroot`, `no_setuid_fixup`, `no_cap_ambient_raise`, each "
     "also with `_locked`, and `keep_caps_locked`",
     "capabilities(7)"},

    {"seccomp", "mode", string, "\"filter\"",
     "`filter`; `strict`: read, write, exit and sigreturn only; `engine`: what container engines allow by "
     "default; `off`: no filter, whatever else stands here",
     "seccomp(2)"},
    {"seccomp", "default", string, "(required by `filter`)", "action for a call that nothing below names",
     "seccomp(2)"},
    {"seccomp", "allow", strings, "[]", "calls and `@groups` to allow", "syscalls(2)"},
    {"seccomp", "deny", strings, "[]", "calls and `@groups` to deny", "syscalls(2)"},
    {"seccomp", "denied", string, "\"EPERM\"", "action for the calls in `deny`", "errno(3)"},
    {"seccomp", "notify", strings, "[]", "calls and `@groups` that wait for an answer from outside",
     "seccomp_unotify(2)"},
    {"seccomp", "answer", string, "\"EPERM\"",
     "which `isolator run` gives to them: `allow`, or the name of an errno", "seccomp_unotify(2)"},
    {"seccomp", "other_architectures", string, "\"kill\"",
     "calls of an architecture that the filter was not made for, 32-bit and x32: `kill`, or `allow` them all",
     "seccomp(2)"},

    {"seccomp.rules", "syscall", string, "(required)", "the call that the rule is about", "syscalls(2)"},
    {"seccomp.rules", "action", string, "(required)", "what happens where all of `when` holds", "seccomp(2)"},
    {"seccomp.rules", "when", strings, "[]", "comparisons, `arg0 == 16` or `arg1 & 0xff == 2`; empty: always",
     "seccomp_rule_add(3)"},

    {"landlock", "handled", strings, "(every right to files)",
     "rights that are denied but for what a rule allows: `read_file`, `connect_tcp`, `signal`, ...",
     "landlock(7)"},
    {"landlock", "optional", strings, "[]",
     "of these, the ones to leave out where the kernel does not know them", "landlock(7)"},

    {"landlock.paths", "path", string, "(required)", "path inside: the rule holds for it and all below",
     "landlock_add_rule(2)"},
    {"landlock.paths", "access", strings, "(required)", "rights to files", "landlock(7)"},

    {"landlock.ports", "port", integer, "(required)", "number of a TCP port", "landlock_add_rule(2)"},
    {"landlock.ports", "access", strings, "(required)", "`bind_tcp`, `connect_tcp`", "landlock(7)"},

    {"limits", "pids", integer_or_string, "\"max\"", "tasks, threads included, or `max`", "cgroups(7)"},
    {"limits", "memory", integer_or_string, "\"max\"", "bytes, a size, or `max`", "cgroups(7)"},
    {"limits", "swap", integer_or_string, "0",
     "bytes of swap beyond `memory`, a size, or `max`; needs `memory`", "cgroups(7)"},
    {"limits", "cpu", number_or_string, "\"max\"", "processors, `0.5` is half of one, or `max`",
     "cgroups(7)"},

    {"limits", "devices", strings, "(the caller's)",
     "device nodes that may be used and made, and no other: `c 1:3 rwm`, `b 8:* r`; `r`ead, `w`rite, `m`knod",
     "mknod(2)"},

    {"limits.cpuset", "cpus", string, "(the caller's)", "processors that it may run on: `0-2,5`",
     "cpuset(7)"},
    {"limits.cpuset", "mems", string, "(the caller's)", "memory nodes that it may use: `0-1`", "cpuset(7)"},

    {"limits.io", "weight", integer, "(the kernel's, 100)", "share of a disk that is busy, 1 to 1000",
     "cgroups(7)"},
    {"limits.io", "max", strings, "[]",
     "`DEVICE` and one or more of `rbps=` `wbps=` `riops=` `wiops=`: bytes (or a size) and operations a "
     "second",
     "cgroups(7)"},

    {"rlimits", "as", integer_or_string, "\"inherit\"", "address space, bytes", "getrlimit(2)"},
    {"rlimits", "core", integer_or_string, "\"inherit\"", "core file, bytes", "core(5)"},
    {"rlimits", "cpu", integer_or_string, "\"inherit\"", "processor time, seconds", "getrlimit(2)"},
    {"rlimits", "data", integer_or_string, "\"inherit\"", "data segment, bytes", "getrlimit(2)"},
    {"rlimits", "fsize", integer_or_string, "\"inherit\"", "size of a file that is written, bytes",
     "getrlimit(2)"},
    {"rlimits", "locks", integer_or_string, "\"inherit\"", "file locks; no effect since Linux 2.4.25",
     "getrlimit(2)"},
    {"rlimits", "memlock", integer_or_string, "\"inherit\"", "locked memory, bytes", "mlock(2)"},
    {"rlimits", "msgqueue", integer_or_string, "\"inherit\"", "POSIX message queues of the user, bytes",
     "mq_overview(7)"},
    {"rlimits", "nice", integer_or_string, "\"inherit\"", "20 minus the lowest nice value", "getrlimit(2)"},
    {"rlimits", "nofile", integer_or_string, "\"inherit\"", "highest descriptor plus one", "getrlimit(2)"},
    {"rlimits", "nproc", integer_or_string, "\"inherit\"", "tasks of the user, those outside included",
     "getrlimit(2)"},
    {"rlimits", "rss", integer_or_string, "\"inherit\"",
     "resident memory, bytes; no effect since Linux 2.4.30", "getrlimit(2)"},
    {"rlimits", "rtprio", integer_or_string, "\"inherit\"", "real-time priority", "sched(7)"},
    {"rlimits", "rttime", integer_or_string, "\"inherit\"",
     "real-time processor time without a blocking call, microseconds", "sched(7)"},
    {"rlimits", "sigpending", integer_or_string, "\"inherit\"", "queued signals of the user", "sigqueue(3)"},
    {"rlimits", "stack", integer_or_string, "\"inherit\"", "stack, bytes", "getrlimit(2)"},

    {"environment", "", string, "(absent)",
     "the value of that variable; nothing is inherited but by `process.inherit`", "environ(7)"},

    {"network", "kind", string, "\"loopback\"",
     "what a new network namespace holds: `none`; `loopback`, `lo` that is up; beside it `veth`, a pair of "
     "interfaces with one end outside, or `user`, the caller's network by slirp4netns(1)",
     "network_namespaces(7)"},
    {"network", "interface", string, "(a fresh one)",
     "`veth` only: name of the end outside; inside it is `eth0`", "veth(4)"},
    {"network", "addresses", strings, "[]", "`veth` only: addresses inside, `10.0.0.2/24`", "ip-address(8)"},
    {"network", "host_addresses", strings, "[]", "`veth` only: addresses of the end outside",
     "ip-address(8)"},
    {"network", "gateways", strings, "[]", "`veth` only: of default routes inside, one for each family",
     "ip-route(8)"},

    {"process", "hostname", string, "\"\"", "hostname inside, at most 64 bytes; empty: left as it is",
     "uts_namespaces(7)"},
    {"process", "domainname", string, "\"\"", "NIS domain inside, at most 64 bytes; empty: left as it is",
     "uts_namespaces(7)"},
    {"process", "wall", string, "(no end)", "how long the sandbox may run: `500ms`, `10s`, `2m`, `1h`", ""},
    {"process", "cwd", string, "\"/\"", "working directory inside", "chdir(2)"},
    {"process", "umask", string, "\"022\"", "file mode creation mask, octal", "umask(2)"},
    {"process", "inherit", strings, "[]",
     "what it keeps of its caller: `descriptors` (not beside Landlock or `notify`), `environment`",
     "execve(2)"},
    {"process", "no_new_privs", boolean, "true", "exec gives no privilege, for good", "prctl(2)"},
    {"process", "new_session", boolean, "true",
     "no controlling terminal: input cannot be pushed into the caller's (TIOCSTI)", "setsid(2)"},
    {"process", "terminal", boolean, "false",
     "`isolator run` gives it a terminal of its own and relays it; needs `new_session`", "pty(7)"},
    {"process", "init", boolean, "false",
     "a program of the isolator's is the first process: it reaps orphans, passes signals on and ends with "
     "the "
     "command's status; what the filter forbids, it cannot do either",
     "pid_namespaces(7)"},
    {"process", "new_keyring", boolean, "true", "an empty session keyring: keys of the caller stay outside",
     "session-keyring(7)"},
    {"process", "nice", integer, "(the caller's)", "-20 to 19; below the caller's needs privilege outside",
     "nice(2)"},
    {"process", "ioprio", string, "(the caller's)",
     "`idle`, or `best-effort/LEVEL` or `realtime/LEVEL` with a level from 0 to 7", "ioprio_set(2)"},
    {"process", "processors", integers, "[]",
     "numbers of the processors that it may run on; empty: the caller's", "sched_setaffinity(2)"},
    {"process", "oom_score_adj", integer, "(the caller's)",
     "-1000 to 1000: how soon the kernel kills it when memory runs out", "proc(5)"},
    {"process", "personality", strings, "[]",
     "`addr_no_randomize`, `linux32`, `read_implies_exec`, ...: flags of personality(2), in lower case",
     "personality(2)"},
};

}  // namespace

std::span<const Key> profile_keys() { return keys; }
std::span<const Section> profile_sections() { return sections; }

std::string_view word(Type type) {
  constexpr std::string_view words[] = {
      "string",           "boolean",         "integer",         "integer or string",
      "number or string", "list of strings", "list of integers"};
  return words[std::size_t(type)];
}

std::string full_name(const Key& key) {
  return std::string(key.section) + (key.section.empty() ? "" : ".") + std::string(key.name);
}

const Key* find_key(std::string_view dotted) {
  const auto named = [&](const Key& key) {
    std::string_view name = dotted;
    if (!key.section.empty()) {
      if (!name.starts_with(key.section)) return false;
      name.remove_prefix(key.section.size());
      if (!name.starts_with('.')) return false;
      name.remove_prefix(1);
    }
    return key.name.empty() || name == key.name;
  };
  const auto* found = std::find_if(std::begin(keys), std::end(keys), named);
  return found == std::end(keys) ? nullptr : found;
}

const Section* find_section(std::string_view dotted) {
  const auto* found = std::find_if(std::begin(sections), std::end(sections),
                                   [&](const Section& s) { return s.name == dotted; });
  return found == std::end(sections) ? nullptr : found;
}

}  // namespace isolator
