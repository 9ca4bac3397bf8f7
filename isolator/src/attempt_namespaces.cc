// Namespaces, and the ids in a user namespace. Each try is a sandbox that has them.

#include "attempt.h"

#include "elsewhere.h"
#include "subordinate_ids.h"

#include <sched.h>
#include <unistd.h>

#include <cerrno>

namespace isolator {
namespace {

Lent first_range(const IdKind& kind) {
  const std::vector<Lent> all = lent_to_caller(kind);
  if (all.empty()) throw Error(Step::maps, std::string("no line for this user in ") + kind.file, ENOENT);
  return all.front();
}

std::string line(const Lent& range) {
  return "0 " + std::to_string(range.first) + " " + std::to_string(range.count);
}

}  // namespace

Tried try_namespace(Ns ns) {
  Spec spec;
  spec.unshare = ns;
  if (ns != Ns::user) return build_somehow(spec);
  return build(spec);
}

// A security module may let the namespace be made and then deny what it is made for (AppArmor's
// unprivileged_userns): a hostname and a mount tell.
Tried try_user_capabilities() {
  Spec spec;
  spec.unshare = Ns::user | Ns::mount | Ns::uts;
  spec.process.hostname = "x";
  return build(spec);
}

// As root a map is written directly, as a user by newuidmap(1) and newgidmap(1).
Tried try_id_ranges() {
  if (geteuid() == 0) {
    Spec spec;
    spec.unshare = Ns::user;
    spec.identity.uid_map = spec.identity.gid_map = {{0, 1879048192, 65536}};
    Tried out = build(spec);
    if (out.err == 0) out.detail = "any, as root";
    return out;
  }
  return in_fork([]() -> Tried {
    const std::string uid_mapper = map_program(user_ids()), gid_mapper = map_program(group_ids());
    const Lent uids = first_range(user_ids()), gids = first_range(group_ids());
    const Elsewhere owner(CLONE_NEWUSER);
    write_map_by(uid_mapper, user_ids(), owner.pid(), line(uids));
    write_map_by(gid_mapper, group_ids(), owner.pid(), line(gids));
    return {0, std::to_string(uids.count) + " from " + std::to_string(uids.first), ""};
  });
}

}  // namespace isolator
