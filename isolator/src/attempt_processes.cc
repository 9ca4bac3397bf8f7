// Starting, holding and entering processes.

#include "attempt.h"

#include "cgroup_mounts.h"
#include "elsewhere.h"
#include "mountinfo.h"
#include "sys.h"

#include <isolator/fd.h>
#include <isolator/scope.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace isolator {
namespace {

// clone3(2) of a process that ends at once. Returns its errno.
int clone_and_wait(std::uint64_t flags, int cgroup = -1) {
  int pidfd = -1;
  clone_args args{};
  args.flags = flags | CLONE_PIDFD;
  args.pidfd = std::uint64_t(&pidfd);
  args.exit_signal = SIGCHLD;
  if (cgroup >= 0) args.cgroup = std::uint64_t(cgroup);
  const long pid = sys::call(SYS_clone3, long(&args), sizeof args);
  if (pid == 0) sys::call(SYS_exit_group, 0);
  if (sys::failed(pid)) return int(-pid);
  const Fd owner(pidfd);
  waitpid(pid_t(pid), nullptr, 0);
  return 0;
}

// Where cgroup2 is mounted, with or without controllers; empty where the caller's cgroup is not below that.
std::string own_v2_cgroup() {
  const cgroup::Tables tables = cgroup::read_tables();
  const std::size_t line = tables.membership.find("0::/");
  if (line == std::string::npos || (line != 0 && tables.membership[line - 1] != '\n')) return "";
  const std::size_t path = line + 3;
  const std::string own = tables.membership.substr(path, tables.membership.find('\n', path) - path);
  for (const MountLine& mount : parse_mountinfo(tables.mountinfo))
    if (mount.type == "cgroup2" && mount.root == "/" && access((mount.point + own).c_str(), F_OK) == 0)
      return mount.point + (own == "/" ? "" : own);
  return "";
}

}  // namespace

Tried try_clone3() {
  return in_fork([]() -> Tried { return {clone_and_wait(CLONE_CLEAR_SIGHAND), "", ""}; });
}

// Into the cgroup that this process is in, so that nothing need be made.
Tried try_clone_into_cgroup() {
  return in_fork([]() -> Tried {
    find_scope({.pids = 1});
    const std::string own = own_v2_cgroup();
    if (own.empty()) return {EOPNOTSUPP, "no cgroup2 is mounted that shows the caller's cgroup", ""};
    const Fd directory(open(own.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    return {directory ? clone_and_wait(CLONE_INTO_CGROUP, directory.get()) : errno, own, ""};
  });
}

Tried try_pidfd() {
  return in_fork([]() -> Tried {
    const Fd self(int(syscall(SYS_pidfd_open, getpid(), 0)));
    if (!self) return {errno, "pidfd_open", ""};
    if (syscall(SYS_pidfd_send_signal, self.get(), 0, nullptr, 0) != 0)
      return {errno, "pidfd_send_signal", ""};
    siginfo_t info{};
    if (waitid(P_PIDFD, id_t(self.get()), &info, WEXITED | WNOHANG) == 0 || errno != ECHILD)
      return {errno, "waitid", ""};  // it is no child of its own
    return {};
  });
}

Tried try_pidfd_setns() {
  return in_fork([]() -> Tried {
    const Elsewhere other(CLONE_NEWUSER | CLONE_NEWUTS);
    const Fd pidfd(int(syscall(SYS_pidfd_open, other.pid(), 0)));
    if (!pidfd) return {errno, "pidfd_open", ""};
    if (setns(pidfd.get(), CLONE_NEWUSER | CLONE_NEWUTS) != 0) return {errno, "setns", ""};
    return {};
  });
}

Tried try_ptrace() {
  return in_fork([]() -> Tried {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return {errno, "PTRACE_TRACEME", ""};
    return {};
  });
}

}  // namespace isolator
