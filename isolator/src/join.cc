// Namespaces of others. A process of its own enters them and clones the child in them: that one must not run
// in the memory of the caller, who would be written to by whoever can trace it.

#include "builder.h"
#include "profile_values.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>

namespace isolator {
namespace {

std::string words(Ns set) {
  std::string out;
  for (const auto& [word, ns] : namespace_names)
    if (has(set, ns)) out += (out.empty() ? "" : ",") + std::string(word);
  return out;
}

std::string shown(const Join& join) {
  return words(join.namespaces) + " of " +
         (join.path.empty() ? "pid " + std::to_string(join.pid) : join.path);
}

[[noreturn]] void fail(const std::string& object, int err, const std::string& advice = "") {
  throw Error(Step::namespaces, object, err, advice);
}

ino_t inode(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) fail(path, errno);
  return info.st_ino;
}

// setns(2) refuses a user namespace that one is in already.
Ns not_shared(pid_t pid) {
  Ns out = Ns::none;
  for (const auto& [word, ns] : namespace_names) {
    const std::string file = "/ns/" + std::string(ns == Ns::mount ? "mnt" : word);
    if (inode("/proc/" + std::to_string(pid) + file) != inode("/proc/self" + file)) out = out | ns;
  }
  return out;
}

Ns resolved(const Join& join) {
  return join.path.empty() && join.namespaces == Ns::none ? not_shared(join.pid) : join.namespaces;
}

Fd open_one(const Join& join) {
  if (join.path.empty()) {
    Fd fd(int(syscall(SYS_pidfd_open, join.pid, 0)));
    if (!fd) fail("pid " + std::to_string(join.pid), errno, errno == ESRCH ? "there is no such process" : "");
    return fd;
  }
  Fd fd(open(join.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) fail(join.path, errno);
  const int type = ioctl(fd.get(), NS_GET_NSTYPE);
  if (type < 0 || Ns(std::uint32_t(type)) != join.namespaces)
    fail(join.path, EINVAL, "it is no " + words(join.namespaces) + " namespace");
  return fd;
}

}  // namespace

void open_joined(Plan::Store& store) {
  Ns joined = store.spec.unshare;
  for (Join& join : store.spec.join) {
    store.joined.push_back(open_one(join));
    join.namespaces = resolved(join);
    if (join.namespaces == Ns::none)
      fail("pid " + std::to_string(join.pid), EINVAL, "it is in no namespace that the caller is not in");
    const Ns twice = join.namespaces & joined;
    if (twice != Ns::none)
      throw Error(Step::validate, words(twice) + " namespace: joined, and yet new or joined before", 0);
    joined = joined | join.namespaces;
  }
}

bool in_user_namespace(const Spec& spec) {
  return has(spec.unshare, Ns::user) || std::any_of(spec.join.begin(), spec.join.end(), [](const Join& join) {
           return has(resolved(join), Ns::user);
         });
}

// Before it enters, it is closed to those who are there: they could read from it, or take over, what comes
// from outside (CVE-2016-9962). The exec of the payload ends that.
void join_namespaces(Builder& b) {
  const std::vector<Join>& joins = b.spec().join;
  if (joins.empty()) return;
  arm_parent_death_signal(b);
  b.at(Step::namespaces, "PR_SET_DUMPABLE");
  CALL(b, prctl, FLAGS(PR_SET_DUMPABLE), 0);

  // Root has its privilege over the others until it enters a user namespace, a user has it from there.
  std::vector<std::size_t> order(joins.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const bool user_first = geteuid() != 0;
  std::stable_partition(order.begin(), order.end(),
                        [&](std::size_t i) { return has(joins[i].namespaces, Ns::user) == user_first; });
  for (const std::size_t i : order) {
    b.at(Step::namespaces, shown(joins[i]));
    const Arg which(long(joins[i].namespaces), clone_flag_names(std::uint64_t(joins[i].namespaces)));
    CALL(b, setns, Arg(b.store().joined[i].get(), joins[i].path.empty() ? "pidfd" : "nsfd"), which);
  }
  b.store().joiner_ops = b.size();
}

}  // namespace isolator
