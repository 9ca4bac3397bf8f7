// Root of a user namespace may mount some kinds of file systems anew. A new one has none of the covers that
// were laid over the old: what was masked is there again. Each is mounted in a mount namespace that a child
// makes for itself, and that ends with it.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Let the sandbox make no user namespace: leave unshare(2) and clone3(2) out of the filter's list, or set "
    "namespaces.nested_user to false; and leave the calls that mount out of it, all of them.";

constexpr long least = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

/// Becomes root of new namespaces, and calls `body` there.
template <typename Body>
ChildEnd as_root_of(long namespaces, Body body) {
  return in_child([&] {
    Result made = sys(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS | namespaces);
    return made ? body() : made;
  });
}

/// A pid namespace begins with the next child.
template <typename Body>
Result as_first_process(Body body) {
  Pipe in_place_of_0_and_1;  // which a child closes, so that no pipe to it may have these numbers
  ChildEnd end = in_child(body);
  return end.told ? end.result : Result{-1, EINTR};
}

Result mount_anew(const char* kind) { return sys(SYS_mount, kind, "/", kind, least, nullptr); }

#ifdef SYS_sysfs  // x86-64 alone of those that are supported
/// Opens the configuration of a kind of file systems that this kernel has without loading a module for it,
/// which sysfs(2) tells.
Result open_kind(const char* kind) {
  constexpr int index_of = 1;
  Result known = sys(SYS_sysfs, index_of, kind);
  return known ? sys(SYS_fsopen, kind, 0) : known;
}
#endif

/// Of the first place at which something is mounted. The root itself never expires.
Result expire_a_mount() {
  Result last{-1, ENOENT};
  for (const char* place : {"/dev", "/proc", "/tmp", "/sys"}) {
    Result asked = sys(SYS_umount2, place, MNT_EXPIRE);
    if (asked.error != ENOENT) last = asked;
    if (last.error != ENOENT && last.error != EINVAL) break;
  }
  return last;
}

}  // namespace

// Each row of it: the id, what is done, how it works, a reference, the namespaces beside its own mounts, what
// they are called, the call there, and what else is in the opening
#define MOUNT_ANEW(ID, KIND, SUMMARY, TECHNIQUE, REFERENCE, NAMESPACES, NAMES, ...)                      \
  {                                                                                                      \
    .id = ID, .cls = "mount", .guarantee = "mount.anew", .summary = SUMMARY, .technique = TECHNIQUE,     \
    .references = {"mount_namespaces(7)", REFERENCE},                                                    \
    .attempts = {{"mount", {"EPERM", "EACCES", "ENOSPC"}, {"ok"}, {"ENODEV"}}}, .witness = {"trace"},    \
    .opening = {"seccomp.allow+=[\"unshare\", \"mount\"]" __VA_OPT__(, ) __VA_ARGS__}, .remedy = remedy, \
    .attack = [](const Order&) {                                                                         \
      attempt("mount", "unshare(" NAMES "), mount(\"" KIND "\")", as_root_of(NAMESPACES, [] {            \
                constexpr bool in_next_child = (NAMESPACES & CLONE_NEWPID) != 0;                         \
                if (in_next_child) return as_first_process([] { return mount_anew(KIND); });             \
                return mount_anew(KIND);                                                                 \
              }));                                                                                       \
    },                                                                                                   \
  }

constinit const Probes probes = {
    MOUNT_ANEW("mount-proc-fresh", "proc", "mount another /proc, without its covers",
               "A child makes a user, a mount and a pid namespace, and mounts a /proc there. The kernel lets "
               "it only where the whole of a /proc is already in sight: a single cover of a file keeps the "
               "rest covered.",
               "https://docs.kernel.org/filesystems/proc.html", CLONE_NEWPID, "USER|NS|PID", PROC),
    MOUNT_ANEW("mount-sysfs-fresh", "sysfs", "mount another /sys, without its covers",
               "A child makes a user, a mount and a network namespace, and mounts a /sys there. The kernel "
               "lets it only where the whole of a /sys is already in sight.",
               "sysfs(5)", CLONE_NEWNET, "USER|NS|NET", SYSFS),
    MOUNT_ANEW("mount-cgroup-fresh", "cgroup2", "mount the tree of cgroups",
               "A child makes a user, a mount and a cgroup namespace, and mounts the tree of cgroups there, "
               "read-only. In the old version of that tree a file named the program that the kernel ran as "
               "root of the host when a group became empty.",
               "CVE-2022-0492", CLONE_NEWCGROUP, "USER|NS|CGROUP"),
#ifdef SYS_sysfs
    {.id = "mount-overlay-userns",
     .cls = "mount",
     .guarantee = "mount.anew",
     .summary = "lay one directory over another",
     .technique = "A child makes a user and a mount namespace, and begins an overlay, which it neither "
                  "configures nor mounts. Overlays carried rights from one file to another more than once.",
     .references = {"CVE-2021-3493", "CVE-2023-0386", "CVE-2023-2640", "CVE-2023-32629"},
     .attempts = {{"fsopen", {"EPERM", "ENOSPC"}, {"ok"}, {"EINVAL", "ENODEV", "ENOSYS"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=[\"unshare\", \"fsopen\", \"sysfs\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("fsopen", "unshare(USER|NS), fsopen(\"overlay\")",
                   as_root_of(0, [] { return open_kind("overlay"); }));
         }},
    {.id = "mount-fuse-userns",
     .cls = "mount",
     .guarantee = "mount.anew",
     .summary = "mount a file system that it serves itself",
     .technique = "Opens /dev/fuse; then a child makes a user and a mount namespace, and begins a file "
                  "system of that kind, which it neither configures nor mounts. Who answers the kernel's "
                  "questions about files can make it wait, as long as an attack on it takes.",
     .references = {"fuse(4)", "CVE-2022-0185"},
     .attempts = {{"fsopen",
                   {"ENOENT", "EACCES", "EPERM", "ENXIO", "ENOSPC"},
                   {"ok"},
                   {"ENOENT", "EINVAL", "ENODEV", "ENOSYS"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, DEVICES_OF_THE_HOST,
                 "seccomp.allow+=[\"unshare\", \"fsopen\", \"sysfs\"]"},
     .remedy = "Give the sandbox no /dev/fuse, and no user namespace.",
     .attack =
         [](const Order&) {
           Result opened = sys(SYS_openat, AT_FDCWD, "/dev/fuse", O_RDWR | O_CLOEXEC);
           if (!opened) {
             attempt("fsopen", "open(\"/dev/fuse\", O_RDWR)", opened);
             return;
           }
           Fd device(step("open(\"/dev/fuse\", O_RDWR)", opened));
           attempt("fsopen", "unshare(USER|NS), fsopen(\"fuse\")",
                   as_root_of(0, [] { return open_kind("fuse"); }));
         }},
#endif
    {.id = "mount-locked-uncover",
     .cls = "mount",
     .guarantee = "mount.anew",
     .summary = "take the cover off what lies below a mount",
     .technique = "A child makes a copy of the mounts for itself, and asks umount2(2) to take one away there "
                  "if nobody has used it for a while. That only notes that it was asked (EAGAIN), or tells "
                  "that somebody uses it (EBUSY). Without the permission it is EPERM, and EINVAL where the "
                  "mount is locked to the one below.",
     .references = {"umount2(2), MNT_EXPIRE", "mount_namespaces(7), Restrictions on mount namespaces"},
     .attempts = {{"umount2", {"EPERM", "EINVAL", "ENOSPC"}, {"EAGAIN", "EBUSY"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=[\"unshare\", \"umount2\"]"},
     .remedy =
         "Keep cap_sys_admin from the sandbox; whoever makes a user namespace finds every mount locked.",
     .attack =
         [](const Order&) {
           ChildEnd end = in_child([] {
             Result made = sys(SYS_unshare, CLONE_NEWNS);
             return made ? expire_a_mount() : made;
           });
           if (end.told && end.result.error == ENOENT) stop_for_want_of("nothing is mounted below the root");
           if (!sys(SYS_faccessat, AT_FDCWD, "/dev", 0)) stop_for_want_of("there is no /dev");
           attempt("umount2", "unshare(NS), umount2(MNT_EXPIRE)", end);
         }},
};

}  // namespace probe
