// Attributes of a whole tree of mounts on a kernel without mount_setattr(2): mount(2) with MS_REMOUNT |
// MS_BIND for one after the other, as /proc/self/mountinfo has them.
//
// One that another mount covers has no path, and is left as it is: to take its cover off takes the same
// CAP_SYS_ADMIN as to undo what would be set here, and in a user namespace not even that lets the host's
// mounts be taken apart (mount_namespaces(7)).

#include "beside.h"
#include "mountinfo.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <set>
#include <sstream>

namespace isolator {
namespace {

[[noreturn]] void fail(const std::string& path, int err, const char* hint = "") {
  throw Error(Step::mount, "attributes of " + path, err, hint);
}

std::uint64_t mount_of(const Fd& fd, const std::string& path) {
  struct statx info {};
  if (statx(fd.get(), "", AT_EMPTY_PATH, STATX_MNT_ID, &info) != 0) fail(path, errno);
  if ((info.stx_mask & STATX_MNT_ID) == 0) fail(path, EOPNOTSUPP, "Linux 5.8 tells which mount a file is in");
  return info.stx_mnt_id;
}

std::vector<MountLine> mounts(const std::string& path) {
  std::ifstream file("/proc/self/mountinfo");
  std::stringstream text;
  text << file.rdbuf();
  if (!file) fail(path, ENOENT, "without mount_setattr(2), Linux 5.12, it takes a /proc where the caller is");
  return parse_mountinfo(text.str());
}

// What it has already stays: the call sets all flags but those of the times, of which it is told none
// (mount(2)).
void remount(const Fd& fd, const std::string& path, unsigned long flags) {
  struct statfs info {};
  if (fstatfs(fd.get(), &info) != 0) fail(path, errno);
  flags |= (unsigned long)(info.f_flags) & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
  constexpr unsigned long ms_nosymfollow = 256, st_nosymfollow = 0x2000;
  if (((unsigned long)(info.f_flags) & st_nosymfollow) != 0) flags |= ms_nosymfollow;
  const std::string name = "/proc/self/fd/" + std::to_string(fd.get());
  if (mount("none", name.c_str(), nullptr, flags, nullptr) != 0) fail(path, errno);
}

}  // namespace

void remount_all(const Beside& beside, const std::string& path, unsigned long flags) {
  beside.run([&] {
    beside.join();
    const std::string& point = beside.plan().attach_point;
    const Fd root(open(point.empty() ? "/" : point.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const Fd top(int(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
    if (!root || !top) fail(path, errno);
    remount(top, path, flags);

    std::set<std::uint64_t> tree{mount_of(top, path)};
    const std::vector<MountLine> all = mounts(path);
    for (std::size_t before = 0; before != tree.size();) {  // a child may be listed before its parent
      before = tree.size();
      for (const MountLine& mount : all)
        if (tree.contains(mount.parent)) tree.insert(mount.id);
    }
    for (const MountLine& mount : all) {
      if (!tree.contains(mount.id) || mount.id == mount_of(top, path)) continue;
      const Fd fd(open(mount.point.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!fd && errno != ENOENT && errno != ENOTDIR) fail(mount.point, errno);
      if (!fd || mount_of(fd, mount.point) != mount.id) continue;  // covered
      remount(fd, mount.point, flags);
    }
  });
}

}  // namespace isolator
