// File systems: what can be mounted, and how.

#include "attempt.h"

#include "child_state.h"
#include "elsewhere.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace isolator {
Tried try_mount_api() {
  Spec spec;
  spec.unshare = Ns::mount;
  spec.root.method = Root::Method::pivot_root;
  return build_somehow(spec);
}

Tried try_overlay() {
  Spec spec;
  spec.unshare = Ns::mount;
  spec.root.method = Root::Method::pivot_root;
  spec.root.lower = {"/usr"};
  return build_somehow(spec);
}

// Of a copy of the tree that holds /, attached nowhere; mount_setattr(2).
Tried try_idmapped_mount() {
  return in_fork([]() -> Tried {
    const Elsewhere owner(CLONE_NEWUSER);
    const std::string map = "0 1879048192 65536";
    if (!write_proc(owner.pid(), "uid_map", map) || !write_proc(owner.pid(), "gid_map", map))
      return {errno, "map of ids", ""};
    const Fd space(open(("/proc/" + std::to_string(owner.pid()) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
    const Fd tree(int(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
    if (!space || !tree) return {errno, "open_tree /", ""};
    mount_attr attribute{};
    attribute.attr_set = MOUNT_ATTR_IDMAP;
    attribute.userns_fd = std::uint64_t(space.get());
    if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attribute, sizeof attribute) != 0)
      return {errno, "mount_setattr /", ""};
    return {0, "on the file system of /", ""};
  });
}

// Where the root of a sandbox without a mount namespace is made.
Tried try_temporary_directory() {
  return in_fork([]() -> Tried {
    const TemporaryRoot root = make_temporary_root();
    const std::string directory = std::filesystem::path(root.path()).parent_path();
    struct statvfs info {};
    if (statvfs(root.path().c_str(), &info) != 0) return {errno, directory, ""};
    if ((info.f_flag & ST_NOEXEC) == 0) return {0, directory, ""};
    return {0, directory + ", noexec",
            "no program that lies in it can be run: mount -o remount,exec, or another TMPDIR"};
  });
}

}  // namespace isolator
