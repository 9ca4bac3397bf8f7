// The switch of the root: none, chroot(2), a moved mount, pivot_root(2). All but the last leave the host's
// tree reachable for who has the privilege to walk back; they exist to be compared with it.

#include "builder.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>

#include <algorithm>

namespace isolator {
namespace {

using Method = Root::Method;

// The new root is attached to the host's tree for a moment, over a directory that nobody needs meanwhile,
// an overlay neither, whose own directories it may not cover.
std::string attach_point(const Root& root) {
  std::vector<std::string> needed = root.lower;
  needed.insert(needed.end(), {root.upper, root.work});
  for (std::string candidate : {"/mnt", "/media", "/srv", "/opt", "/tmp", "/run", "/usr"}) {
    struct stat info {};
    const auto covered = [&](const std::string& path) { return (path + "/").starts_with(candidate + "/"); };
    if (std::none_of(needed.begin(), needed.end(), covered) && stat(candidate.c_str(), &info) == 0 &&
        S_ISDIR(info.st_mode))
      return candidate;
  }
  throw Error(Step::root, "no directory to attach the new root to", ENOENT);
}

Reg fresh_root(Builder& b) {
  b.at(Step::root, "tmpfs");
  const Reg fs = b.into("fs", CALL(b, fsopen, "tmpfs", FLAGS(FSOPEN_CLOEXEC)));
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_SET_STRING), "mode", "0755", 0);
  if (const std::uint64_t size = b.spec().root.size)
    CALL(b, fsconfig, fs, FLAGS(FSCONFIG_SET_STRING), "size", std::to_string(size), 0);
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_CMD_CREATE), Arg(0L, "NULL"), Arg(0L, "NULL"), 0);
  return b.into("root",
                CALL(b, fsmount, fs, FLAGS(FSMOUNT_CLOEXEC), FLAGS(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)));
}

// In the options of mount(2) a comma ends one, in a list of lower directories a colon does.
std::string escaped(const std::string& path, std::string_view special) {
  std::string out;
  for (const char c : path) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// By mount(2): fsconfig(2) takes no more than 255 bytes for an option, and its lowerdir+ is of Linux 6.8. It
// is attached by that.
Reg overlay_root(Builder& b, const std::string& point) {
  const Root& root = b.spec().root;
  std::string upper = root.upper, work = root.work, lower;
  if (upper.empty()) {
    b.at(Step::root, "tmpfs of the overlay");
    CALL(b, mount, "tmpfs", point, "tmpfs", FLAGS(MS_NOSUID | MS_NODEV),
         "mode=755" + (root.size != 0 ? ",size=" + std::to_string(root.size) : ""));
    upper = point + "/upper";
    work = point + "/work";
    CALL(b, mkdirat, FLAGS(AT_FDCWD), upper, Arg(0755, "0755"));
    CALL(b, mkdirat, FLAGS(AT_FDCWD), work, Arg(0755, "0755"));
  }
  for (const std::string& directory : root.lower)
    lower += (lower.empty() ? "" : ":") + escaped(directory, R"(\,:)");
  std::string options =
      "lowerdir=" + lower + ",upperdir=" + escaped(upper, "\\,") + ",workdir=" + escaped(work, "\\,");
  // trusted.* attributes are not for who has its capabilities from a user namespace.
  if (has(b.spec().unshare, Ns::user)) options += ",userxattr";
  b.at(Step::root, "overlay of " + root.lower.front());
  CALL(b, mount, "overlay", point, "overlay", FLAGS(MS_NOSUID | MS_NODEV), options);
  return b.into("root", CALL(b, openat, FLAGS(AT_FDCWD), point, FLAGS(O_PATH | O_DIRECTORY | O_CLOEXEC)));
}

// By the parent, who alone has the host's files.
void await_filling(Builder& b) {
  const Root& root = b.spec().root;
  if (root.archive.empty() && root.from.empty()) return;
  b.store().root_copies = copies_of(root.from);
  const std::string what = root.archive.empty() ? root.from.front() : root.archive;
  b.at(Step::root, what);
  b.store().tasks.push_back(
      {Plan::Store::Task::Kind::root, b.await("the parent has filled the root from " + what)});
}

// Without a mount namespace nothing may be mounted: it would be the host's.
void chroot_in_place(Builder& b) {
  const std::string& path = b.spec().root.path;
  b.store().temporary_root = path.empty();
  await_filling(b);
  b.at(Step::root, path.empty() ? "temporary directory" : path);
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

  CALL(b, umask, 0);  // the caller's would decide who may look into the mount points

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
    const std::string point = b.store().attach_point = attach_point(root);
    if (!root.lower.empty()) {
      fd = overlay_root(b, point);
    } else {
      if (root.path.empty()) fd = fresh_root(b);
      b.at(Step::root, "attach to " + point);
      CALL(b, move_mount, fd, "", FLAGS(AT_FDCWD), point, FLAGS(MOVE_MOUNT_F_EMPTY_PATH));
      await_filling(b);
    }
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
