// What a program may mount it may put in place of what others trust. Each call here has an argument that
// nothing can be done with; the kernel asks for CAP_SYS_ADMIN over the mount namespace before it looks at it.

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep cap_sys_admin from the sandbox, and leave the calls that mount out of the filter's list, all of "
    "them.";

/// The flags of the root's mount, as mount(2) spells them. Those of access times it leaves as they are if
/// none is named.
long flags_of_root() {
  struct statfs mounted {};
  if (!step("statfs(\"/\")", sys(SYS_statfs, "/", &mounted))) stop("the flags of the root cannot be read");
  constexpr long same_in_both = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  constexpr long no_links = 0x2000;  // ST_NOSYMFOLLOW
  long flags = static_cast<long>(mounted.f_flags);
  return (flags & same_in_both) | (flags & no_links ? MS_NOSYMFOLLOW : 0);
}

/// Of a mount that nobody is there to ask for: attributes that do not exist, or ids of a namespace that is
/// none.
struct Impossible : mount_attr {
  explicit Impossible(unsigned long set) : mount_attr{} {
    attr_set = set;
    userns_fd = INT_MAX;
  }
};
constexpr unsigned long no_attribute = 1UL << 63;

}  // namespace

// Each row of it: the id, what is done, how, the call as strace prints it, what passes, the call
#define MOUNT_CALL(ID, SUMMARY, TECHNIQUE, REFERENCE, CALL, TEXT, PASS, ...)                                \
  {                                                                                                         \
    .id = ID, .cls = "mount", .guarantee = "mount.calls", .summary = SUMMARY, .technique = TECHNIQUE,       \
    .references = {#CALL "(2)", REFERENCE}, .attempts = {{#CALL, {"EPERM"}, {PASS}}}, .witness = {"trace"}, \
    .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=" #CALL}, .remedy = remedy,             \
    .attack = [](const Order&) { attempt(#CALL, TEXT, sys(SYS_##CALL, __VA_ARGS__)); },                     \
  }

// Of directories that are not there Linux 7.2 says so before it asks for the permission.
#define BUSY_OR_INVALID "EBUSY", "EINVAL"

constinit const Probes probes = {
    MOUNT_CALL("mount-syscall", "mount a file system",
               "Asks mount(2) for a file system of no kind: EPERM without the permission, EINVAL with it. "
               "Without a kind no "
               "module is looked for.",
               "https://attack.mitre.org/techniques/T1611/", mount, "mount(\"none\", \"/\", NULL, 0, NULL)",
               "EINVAL", "none", "/", nullptr, 0, nullptr),
    MOUNT_CALL("umount-syscall", "take a mount away",
               "Asks umount2(2) to take the root away when nobody uses it, and at once: flags that exclude "
               "each other, which "
               "the kernel looks at after the permission. Who may unmount uncovers what lies below.",
               "mount(8)", umount2, "umount2(\"/\", MNT_EXPIRE|MNT_DETACH)", "EINVAL", "/",
               MNT_EXPIRE | MNT_DETACH),
    MOUNT_CALL("pivot-root", "change the root of the mount namespace",
               "Asks pivot_root(2) to put the root in the place of itself: EPERM without the permission, "
               "EBUSY or, of "
               "a mount that is shared or locked, EINVAL with it.",
               "mount_namespaces(7)", pivot_root, "pivot_root(\"/\", \"/\")", BUSY_OR_INVALID, "/", "/"),
    MOUNT_CALL("fsopen-family", "mount by the calls that old filters do not know",
               "Asks fsopen(2) for a tmpfs with flags that do not exist. Since Linux 5.2 a file system can "
               "be mounted without "
               "mount(2), so a filter that knows only that one stops nobody.",
               "CVE-2021-41133", fsopen, "fsopen(\"tmpfs\", 0xffffff00)", "EINVAL", "tmpfs", 0xffffff00L),
    MOUNT_CALL("open-tree-clone", "copy a tree of mounts",
               "Asks open_tree(2) for a copy of what is open under a descriptor that is none: EPERM without "
               "the permission, "
               "EBADF with it.",
               "mount_namespaces(7)", open_tree, "open_tree(-1, \"\", OPEN_TREE_CLONE|AT_EMPTY_PATH)",
               "EBADF", -1, "", OPEN_TREE_CLONE | AT_EMPTY_PATH),
    MOUNT_CALL("move-mount", "move a mount to another place",
               "Asks move_mount(2) to move from one descriptor that is none to another: EPERM without the "
               "permission, EBADF "
               "with it.",
               "mount_namespaces(7)", move_mount, "move_mount(-1, \"\", -1, \"\", F_EMPTY|T_EMPTY)", "EBADF",
               -1, "", -1, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
    {.id = "mount-setattr-clear-ro",
     .cls = "mount",
     .guarantee = "mount.calls",
     .summary = "change what may be done through a mount",
     .technique = "Asks mount_setattr(2) for an attribute of the root that does not exist: EPERM without the "
                  "permission, EINVAL with it. Who may change attributes makes what is read-only writable.",
     .references = {"mount_setattr(2)", "mount_namespaces(7)"},
     .attempts = {{"mount_setattr", {"EPERM"}, {"EINVAL"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=mount_setattr"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           Impossible attributes(no_attribute);
           attempt("mount_setattr", "mount_setattr(\"/\", {attr_set=1<<63})",
                   sys(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof(mount_attr)));
         }},
    {.id = "idmapped-mount-create",
     .cls = "mount",
     .guarantee = "mount.calls",
     .summary = "see the files of others as one's own",
     .technique = "Asks mount_setattr(2) to map the owners below the root by a descriptor that is none: "
                  "EPERM without the permission, EBADF with it. Through such a mount "
                  "files belong to somebody else.",
     .references = {"mount_setattr(2), ID-mapped mounts"},
     .attempts = {{"mount_setattr", {"EPERM"}, {"EBADF"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=mount_setattr"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           Impossible attributes(MOUNT_ATTR_IDMAP);
           attempt("mount_setattr", "mount_setattr(\"/\", {MOUNT_ATTR_IDMAP, userns_fd=INT_MAX})",
                   sys(SYS_mount_setattr, AT_FDCWD, "/", 0, &attributes, sizeof(mount_attr)));
         }},
    {.id = "mount-remount-rw",
     .cls = "mount",
     .guarantee = "mount.calls",
     .summary = "mount the root again with other flags",
     .technique = "Asks mount(2) to give the mount of the root the flags that it has, so that nothing "
                  "changes: EPERM without the permission. Who may do that may as well leave the one out that "
                  "makes it read-only. EINVAL says that the root is not a mount, which only who may is told.",
     .references = {"mount(2), MS_REMOUNT", "CVE-2014-5206", "CVE-2014-5207"},
     .attempts = {{"mount", {"EPERM"}, {"ok", "EINVAL"}}},  // where the root is no mount
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=mount"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("mount", "mount(\"/\", MS_REMOUNT|MS_BIND, with the flags that it has)",
                   sys(SYS_mount, nullptr, "/", nullptr, MS_REMOUNT | MS_BIND | flags_of_root(), nullptr));
         }},
    {.id = "mount-propagation-out",
     .cls = "mount",
     .guarantee = "mount.outside",
     .summary = "mount so that the host sees it",
     .technique = "Asks mount(2) for a file system of no kind, as mount-syscall does, and counts the "
                  "permission only in the mount namespace of the host: what is mounted there is mounted for "
                  "everybody.",
     .references = {"mount_namespaces(7)", "CIS Docker Benchmark 5.20"},
     .attempts = {{"mount", {"EPERM"}, {"EINVAL"}, {}, "mount"}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=mount", "root.method=chroot", "root.read_only=false", "mounts=[]",
                 OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_admin", "seccomp.allow+=mount"},
     .remedy = "Give the sandbox a mount namespace of its own, from which nothing propagates.",
     .attack =
         [](const Order&) {
           attempt("mount", "mount(\"none\", \"/\", NULL, 0, NULL)",
                   sys(SYS_mount, "none", "/", nullptr, 0, nullptr));
         }},
};

}  // namespace probe
