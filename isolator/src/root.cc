// The switch of the root: none, chroot(2), a moved mount, pivot_root(2). All but the last leave the host's
// tree reachable for who has the privilege to walk back; they exist to be compared with it.

#include "builder.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

namespace isolator {
namespace {

using Method = Root::Method;

// The new root is attached to the host's tree for a moment, over a directory that nobody needs meanwhile.
std::string attach_point() {
  for (const char* candidate : {"/mnt", "/media", "/srv", "/opt", "/tmp", "/run", "/usr"}) {
    struct stat info {};
    if (stat(candidate, &info) == 0 && S_ISDIR(info.st_mode)) return candidate;
  }
  throw Error(Step::root, "no directory to attach the new root to", ENOENT);
}

Reg fresh_root(Builder& b) {
  b.at(Step::root, "tmpfs");
  const Reg fs = b.into("fs", CALL(b, fsopen, "tmpfs", FLAGS(FSOPEN_CLOEXEC)));
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_SET_STRING), "mode", "0755", 0);
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_CMD_CREATE), Arg(0L, "NULL"), Arg(0L, "NULL"), 0);
  return b.into("root",
                CALL(b, fsmount, fs, FLAGS(FSMOUNT_CLOEXEC), FLAGS(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)));
}

// Without a mount namespace nothing may be mounted: it would be the host's.
void chroot_in_place(Builder& b) {
  const std::string& path = b.spec().root.path;
  b.at(Step::root, path.empty() ? "temporary directory" : path);
  b.store().temporary_root = path.empty();
  if (path.empty())
    CALL(b, chroot, Builder::root_path);
  else
    CALL(b, chroot, path);
}

}  // namespace

void build_root(Builder& b) {
  const Root& root = b.spec().root;
  if (!has(b.spec().unshare, Ns::mount)) {
    become_owner(b);
    if (root.method == Method::chroot) chroot_in_place(b);
    return;
  }

  // pivot_root(2) refuses a shared parent, and no mount of ours may appear on the host.
  b.at(Step::propagation, "/");
  CALL(b, mount, "none", "/", Arg(0L, "NULL"), FLAGS(MS_REC | MS_PRIVATE), Arg(0L, "NULL"));

  const std::shared_ptr<MountPlan> mounts = open_sources(b);
  Reg fd{};
  if (root.method == Method::none || !root.path.empty()) {
    const std::string& path = root.method == Method::none ? "/" : root.path;
    b.at(Step::root, path);
    fd = root.method == Method::none
             ? b.into("root", CALL(b, openat, FLAGS(AT_FDCWD), path, FLAGS(O_PATH | O_DIRECTORY | O_CLOEXEC)))
             : b.into("root", CALL(b, open_tree, FLAGS(AT_FDCWD), path,
                                   FLAGS(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
  }
  become_owner(b);
  if (root.method != Method::none) {
    if (root.path.empty()) fd = fresh_root(b);
    const std::string point = attach_point();
    b.at(Step::root, "attach to " + point);
    CALL(b, move_mount, fd, "", FLAGS(AT_FDCWD), point, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
    make_mounts(b, *mounts, fd);
  }
  cover_paths(b, *mounts, fd);

  if (root.method == Method::none) return;
  b.at(Step::root, "switch");
  CALL(b, fchdir, fd);
  if (root.method == Method::pivot_root) {
    CALL(b, pivot_root, ".", ".");             // the old root now lies over the new one
    CALL(b, umount2, ".", FLAGS(MNT_DETACH));  // and is gone
    return;
  }
  if (root.method == Method::move) CALL(b, mount, ".", "/", Arg(0L, "NULL"), FLAGS(MS_MOVE), Arg(0L, "NULL"));
  CALL(b, chroot, ".");
}

}  // namespace isolator
