// Binds whose owners are other ones inside than on the host: mount_setattr(2), MOUNT_ATTR_IDMAP.

#include "mount_attributes.h"

#include "beside.h"
#include "elsewhere.h"
#include "posture_words.h"
#include "subordinate_ids.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>

namespace isolator {
namespace {

// From owners on the disk to ids as the host knows them, by way of those inside.
std::string owner_lines(const Mount& mount, const std::vector<IdRange>& wanted, const std::string& sandbox,
                        const IdKind& kind) {
  std::vector<IdRange> ids = words::parse_map(sandbox);
  if (ids.empty()) ids = {{0, 0, ~std::uint32_t(0)}};
  std::string out;
  for (IdRange line : in_numbers(wanted, kind))
    while (line.count != 0) {
      const auto range = std::find_if(ids.begin(), ids.end(), [&](const IdRange& each) {
        return line.inside >= each.inside && line.inside - each.inside < each.count;
      });
      if (range == ids.end())
        throw Error(Step::mount,
                    std::string(kind.name) + " " + std::to_string(line.inside) + " of " + mount.target,
                    EINVAL, std::string("it is not in identity.") + kind.name + "_map");
      const std::uint32_t at = line.inside - range->inside, count = std::min(line.count, range->count - at);
      out += std::to_string(line.outside) + " " + std::to_string(range->outside + at) + " " +
             std::to_string(count) + "\n";
      line.inside += count;
      line.outside += count;
      line.count -= count;
    }
  return out;
}

[[noreturn]] void fail(const Spec& spec, const std::string& object, int err) {
  throw Error(Step::mount, object, err, hint(spec, Step::mount, object, err));
}

}  // namespace

// A user namespace needs a process only until it is held by a descriptor.
Fd owners_of(const Plan::Store& plan, const Mount& mount) {
  const std::string object = "owners of " + mount.source;
  const std::string uids = owner_lines(mount, mount.uid_map, plan.uid_map, user_ids());
  const std::string gids = owner_lines(mount, mount.gid_map, plan.gid_map, group_ids());
  const Elsewhere holder = [&] {
    try {
      return Elsewhere(CLONE_NEWUSER);
    } catch (const Error& e) {
      fail(plan.spec, object, e.code().value());
    }
  }();
  if (!write_proc(holder.pid(), "uid_map", uids) || !write_proc(holder.pid(), "gid_map", gids))
    fail(plan.spec, object, errno);
  Fd out(open(("/proc/" + std::to_string(holder.pid()) + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  if (!out) fail(plan.spec, object, errno);
  return out;
}

// Made outside, with the caller's rights over the file system; attached inside, where the mount point is.
void attach_idmapped(const Beside& beside, const Mount& mount, int owners) {
  beside.run([&] {
    const Fd tree(int(syscall(SYS_open_tree, AT_FDCWD, mount.source.c_str(),
                              OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (mount.recursive ? AT_RECURSIVE : 0))));
    if (!tree) throw Error(Step::mount, mount.source, errno);
    mount_attr attr{};
    attr.attr_set = attributes_of(mount).flags | MOUNT_ATTR_IDMAP;
    attr.userns_fd = std::uint64_t(owners);
    if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr) != 0)
      throw Error(Step::mount, "owners of " + mount.source, errno);

    beside.join();
    const Fd root(open(beside.plan().attach_point.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    open_how how{};
    how.flags = O_PATH | O_CLOEXEC;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const Fd target(int(syscall(SYS_openat2, root.get(), mount.target.c_str(), &how, sizeof how)));
    if (!root || !target ||
        syscall(SYS_move_mount, tree.get(), "", target.get(), "",
                MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
      throw Error(Step::mount, mount.target, errno);
  });
}

}  // namespace isolator
