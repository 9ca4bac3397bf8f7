// What a program may mount it may put in place of what others trust. Each call here has an argument that
// nothing can be done with; the kernel asks for CAP_SYS_ADMIN over the mount namespace before it looks at it.

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep cap_sys_admin from the sandbox, and leave the calls that mount out of the filter's list, all of "
    "them.";

}  // namespace

// Each row of it: the id, what is done, how, the call as strace prints it, what passes, the call
#define MOUNT_CALL(ID, SUMMARY, TECHNIQUE, REFERENCE, CALL, TEXT, PASS, ...)                                \
  {                                                                                                         \
    .id = ID, .cls = "mount", .guarantee = "mount.calls", .summary = SUMMARY, .technique = TECHNIQUE,       \
    .references = {#CALL "(2)", REFERENCE}, .attempts = {{#CALL, {"EPERM"}, {PASS}}}, .witness = {"trace"}, \
    .opening = {"capabilities.keep+=cap_sys_admin", "seccomp.allow+=" #CALL}, .remedy = remedy,             \
    .attack = [](const Order&) { attempt(#CALL, TEXT, sys(SYS_##CALL, __VA_ARGS__)); },                     \
  }

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
    MOUNT_CALL(
        "pivot-root", "change the root of the mount namespace",
        "Asks pivot_root(2) for directories that do not exist: EPERM without the permission, ENOENT with it.",
        "mount_namespaces(7)", pivot_root, "pivot_root(\"/no-such\", \"/no-such\")", "ENOENT", "/no-such",
        "/no-such"),
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
};

}  // namespace probe
