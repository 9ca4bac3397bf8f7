// Masked and read-only paths: mounts over what is already there.

#include "mount_attributes.h"

#include <fcntl.h>
#include <linux/mount.h>

#include <cerrno>

namespace isolator {
namespace {

// Opens `path` for covering; absent, the operations from the returned index up to `skip_to_here` are left
// out.
Reg find(Builder& b, Reg root, const std::string& path) {
  const Reg fd = resolve(b, root, path);
  b.store().ops.back().tolerated = {ENOENT, ENOTDIR};
  return fd;
}

// An empty read-only directory over a directory, /dev/null over anything else.
void mask(Builder& b, Reg root, const std::string& path, Reg null) {
  b.at(Step::mount, "mask " + path);
  const Reg target = find(b, root, path);
  const std::size_t absent = b.size() - 1;

  CALL(b, openat, target, ".", FLAGS(O_PATH | O_DIRECTORY | O_CLOEXEC)).tolerated = {ENOTDIR};
  const std::size_t no_directory = b.size() - 1;
  const Reg fs = b.into("fs", CALL(b, fsopen, "tmpfs", FLAGS(FSOPEN_CLOEXEC)));
  CALL(b, fsconfig, fs, FLAGS(FSCONFIG_CMD_CREATE), Arg(0L, "NULL"), Arg(0L, "NULL"), 0);
  const Reg empty = b.into(
      "empty", CALL(b, fsmount, fs, FLAGS(FSMOUNT_CLOEXEC),
                    FLAGS(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)));
  CALL(b, move_mount, empty, "", target, "", FLAGS(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
  b.jump();
  const std::size_t done = b.size() - 1;
  b.skip_to_here(no_directory);
  CALL(b, move_mount, null, "", target, "", FLAGS(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
  if (!has_mount_setattr()) set_attached(b, null, path, attributes_of_mask(), attributes_at("/dev/null"));
  b.skip_to_here(done);
  b.skip_to_here(absent);
}

void make_read_only(Builder& b, Reg root, const std::string& path) {
  b.at(Step::mount, "read-only " + path);
  const Reg target = find(b, root, path);
  const std::size_t absent = b.size() - 1;
  const Reg tree =
      b.into("tree", CALL(b, open_tree, target, "",
                          FLAGS(OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE)));
  set_detached(b, tree, read_only_attribute(), true);
  CALL(b, move_mount, tree, "", target, "", FLAGS(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
  if (!has_mount_setattr()) set_tree(b, tree, path, read_only_attribute());
  b.skip_to_here(absent);
}

}  // namespace

void cover_paths(Builder& b, MountPlan& plan, Reg root) {
  const Root& spec = b.spec().root;
  for (const std::string& path : spec.read_only_paths) make_read_only(b, root, path);
  for (std::size_t i = 0; i < spec.masked_paths.size(); ++i)
    mask(b, root, spec.masked_paths[i], plan.covers[i]);
}

}  // namespace isolator
