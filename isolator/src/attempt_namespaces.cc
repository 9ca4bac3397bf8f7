// Namespaces, and the ids in a user namespace. Each try is a sandbox that has them.

#include "attempt.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace isolator {
namespace {

struct Range {
  std::string first, count;
};

// By /etc/passwd alone: a static program has no NSS.
std::string name_of_caller() {
  std::string name;
  std::FILE* users = std::fopen("/etc/passwd", "re");
  while (const passwd* user = users != nullptr ? fgetpwent(users) : nullptr)
    if (user->pw_uid == getuid() && name.empty()) name = user->pw_name;
  if (users != nullptr) std::fclose(users);
  return name;
}

// Of subuid(5) or subgid(5): the first range of the caller, by name or number.
Range range_of_caller(const char* file) {
  const std::string name = name_of_caller();
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::stringstream fields(line);
    std::string who;
    Range range;
    std::getline(fields, who, ':'), std::getline(fields, range.first, ':'), std::getline(fields, range.count);
    if (who == std::to_string(getuid()) || (!name.empty() && who == name)) return range;
  }
  throw Error(Step::maps, std::string("no line for this user in ") + file, ENOENT);
}

void map_by(const char* program, pid_t pid, const Range& range) {
  const pid_t helper = fork();
  if (helper == 0) {
    const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
    dup2(null.get(), 1), dup2(null.get(), 2);
    execlp(program, program, std::to_string(pid).c_str(), "0", range.first.c_str(), range.count.c_str(),
           nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(helper, &status, 0);
  if (status == 127 << 8) throw Error(Step::maps, std::string("no program ") + program, ENOENT);
  if (status != 0) throw Error(Step::maps, std::string(program) + " refused its range", EPERM);
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
    const Range uids = range_of_caller("/etc/subuid"), gids = range_of_caller("/etc/subgid");
    const Elsewhere owner(CLONE_NEWUSER);
    map_by("newuidmap", owner.pid(), uids);
    map_by("newgidmap", owner.pid(), gids);
    return {0, uids.count + " from " + uids.first, ""};
  });
}

}  // namespace isolator
