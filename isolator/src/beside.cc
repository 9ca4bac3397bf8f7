#include "beside.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

namespace isolator {
namespace {

Fd namespace_of(pid_t child, const char* name) {
  const std::string path = "/proc/" + std::to_string(child) + "/ns/" + name;
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat its {
  }, own{};
  if (!fd || fstat(fd.get(), &its) != 0 || stat((std::string("/proc/self/ns/") + name).c_str(), &own) != 0)
    throw Error(Step::namespaces, path, errno);
  if (its.st_ino == own.st_ino) fd.reset();
  return fd;
}

void enter(const Fd& fd, int type, const char* name) {
  if (fd && setns(fd.get(), type) != 0) throw Error(Step::namespaces, name, errno);
}

void die_with(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

// In the pipe at most once, and short enough for one write.
struct Report {
  Step step = Step::validate;
  int err = 0;
  bool failed = false;
  char object[1024]{}, hint[1024]{};
};

Report report_of(const std::function<void()>& work) {
  Report report;
  try {
    work();
  } catch (const Error& e) {
    report.failed = true;
    report.step = e.step;
    report.err = e.code().value();
    e.object.copy(report.object, sizeof report.object - 1);
    e.hint.copy(report.hint, sizeof report.hint - 1);
  } catch (...) {
    report.failed = true;
    report.err = ENOMEM;
  }
  return report;
}

}  // namespace

Beside::Beside(const Plan::Store& plan, pid_t child)
    : plan_(plan),
      parent_(getpid()),
      user_(namespace_of(child, "user")),
      mount_(namespace_of(child, "mnt")),
      network_(namespace_of(child, "net")) {}

void Beside::run(const std::function<void()>& work) const {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(Step::clone, "pipe", errno);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t worker = fork();
  if (worker < 0) throw Error(Step::clone, "a process beside the child", errno);
  if (worker == 0) {
    die_with(parent_);
    const Report report = report_of(work);
    _exit(write(to.get(), &report, sizeof report) == ssize_t(sizeof report) ? 0 : 1);
  }
  to.reset();
  Report report;
  const ssize_t n = read(from.get(), &report, sizeof report);
  while (waitpid(worker, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  if (n != ssize_t(sizeof report)) throw Error(Step::clone, "the process beside the child was killed", ESRCH);
  if (report.failed) throw Error(report.step, report.object, report.err, report.hint);
}

void Beside::join_user() const {
  enter(user_, CLONE_NEWUSER, "join the user namespace");
  die_with(parent_);  // again: the credentials have changed
}

// With ranges the caller's own ids are none of those inside: what it made would have no owner.
void Beside::join() const {
  join_user();
  enter(mount_, CLONE_NEWNS, "join the mount namespace");
  const Identity& identity = plan_.spec.identity;
  if (!user_ || (identity.uid_map.empty() && identity.gid_map.empty())) return;
  const gid_t gid = first_inside(identity.gid_map);
  const uid_t uid = first_inside(identity.uid_map);
  if (setresgid(gid, gid, gid) != 0) throw Error(Step::identity, "first mapped gid", errno);
  if (setresuid(uid, uid, uid) != 0) throw Error(Step::identity, "first mapped uid", errno);
  die_with(parent_);
}

void Beside::join_network() const {
  join_user();
  enter(network_, CLONE_NEWNET, "join the network namespace");
}

}  // namespace isolator
