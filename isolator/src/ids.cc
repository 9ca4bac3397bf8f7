// Who the payload is: the maps of its user namespace, its groups, gid and uid. user_namespaces(7).

#include "subordinate_ids.h"

#include "cgroup_files.h"

#include <linux/securebits.h>
#include <sys/prctl.h>

namespace isolator {
namespace {

std::string lines(const std::vector<IdRange>& ranges, std::uint32_t inside, std::uint32_t caller) {
  if (ranges.empty()) return std::to_string(inside) + " " + std::to_string(caller) + " 1\n";
  std::string out;
  for (const IdRange& r : ranges)
    out += std::to_string(r.inside) + " " + std::to_string(r.outside) + " " + std::to_string(r.count) + "\n";
  return out;
}

}  // namespace

void plan_id_maps(Plan::Store& store) {
  if (!in_user_namespace(store.spec)) return;
  const Identity& identity = store.spec.identity;
  // Without CAP_SETGID in the parent namespace the kernel takes a gid_map only after setgroups(2) was given
  // up for good: dropping a group could otherwise gain access that the group was denied. newgidmap(1) has it.
  // Who lives where it was given up has it in no namespace below either.
  const bool denied = cgroup::read_if_there("/proc/self/setgroups") == "deny\n";
  store.deny_setgroups = geteuid() != 0 || denied;
  if (!has(store.spec.unshare, Ns::user)) return;
  const auto plan = [](const std::vector<IdRange>& wanted, std::uint32_t inside, const IdKind& kind,
                       std::string& mapper) {
    const std::vector<IdRange> map = in_numbers(wanted, kind);
    const bool own_id =
        map.empty() || (map.size() == 1 && map[0].outside == kind.caller && map[0].count == 1);
    if (geteuid() != 0 && !own_id) mapper = map_program(kind);
    return lines(map, inside, kind.caller);
  };
  store.uid_map = plan(identity.uid_map, identity.uid.value_or(0), user_ids(), store.uid_mapper);
  store.gid_map = plan(identity.gid_map, identity.gid.value_or(0), group_ids(), store.gid_mapper);
  if (!store.gid_mapper.empty()) store.deny_setgroups = denied;
}

std::uint32_t first_inside(const std::vector<IdRange>& map) { return map.empty() ? 0 : map.front().inside; }

// With ranges, the caller's own ids are none of those that exist inside: what it made there would have no
// owner (EOVERFLOW). It takes the first one before it makes anything, and after it has opened what only the
// caller may reach.
void become_owner(Builder& b) {
  const Identity& identity = b.spec().identity;
  if (identity.uid_map.empty() && identity.gid_map.empty()) return;
  const std::uint32_t gid = first_inside(identity.gid_map), uid = first_inside(identity.uid_map);
  b.at(Step::identity, "first mapped gid");
  CALL(b, setresgid, gid, gid, gid);
  b.at(Step::identity, "first mapped uid");
  CALL(b, setresuid, uid, uid, uid);
  arm_parent_death_signal(b);
}

// Groups, then gid, then uid: each needs privilege that the next one takes away. Raw calls, since glibc's
// would signal every thread of the parent.
void change_identity(Builder& b) {
  const Identity& identity = b.spec().identity;
  const bool user_namespace = in_user_namespace(b.spec());
  if (!user_namespace && !identity.uid && !identity.gid && identity.groups.empty()) return;
  const long uid = identity.uid.value_or(user_namespace ? 0 : geteuid());
  const long gid = identity.gid.value_or(user_namespace ? 0 : getegid());

  const std::optional<Capabilities>& capabilities = b.spec().capabilities;
  if (uid != 0 && capabilities && (capabilities->keep != 0 || capabilities->securebits != 0)) {
    b.at(Step::identity, "PR_SET_KEEPCAPS");
    CALL(b, prctl, FLAGS(PR_SET_KEEPCAPS), 1);
  }
  if (!b.store().deny_setgroups) {
    b.at(Step::identity, "groups");
    std::vector<gid_t> groups(identity.groups.begin(), identity.groups.end());
    CALL(b, setgroups, groups.size(), b.keep(groups.data(), groups.size() * sizeof(gid_t), "groups"));
  } else if (!identity.groups.empty()) {
    throw Error(
        Step::validate,
        "supplementary groups need root or subordinate gids: setgroups(2) is denied in a user namespace "
        "of a user alone",
        0);
  }
  b.at(Step::identity, "gid " + std::to_string(gid));
  CALL(b, setresgid, gid, gid, gid);
  b.at(Step::identity, "uid " + std::to_string(uid));
  CALL(b, setresuid, uid, uid, uid);
}

}  // namespace isolator
