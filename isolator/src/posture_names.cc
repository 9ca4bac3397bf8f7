#include "posture_inside.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace isolator {
namespace {

struct Names {
  utsname uts;
  char user_namespaces;  // the first digit of how many there may be
};

// None, where the caller is in that namespace: setns(2) refuses the own user namespace.
Fd other_namespace(pid_t pid, const std::string& name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/" + name;
  Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat its {
  }, own{};
  if (!fd || fstat(fd.get(), &its) != 0 || stat(("/proc/self/ns/" + name).c_str(), &own) != 0)
    throw std::system_error(errno, std::generic_category(), path);
  if (its.st_ino == own.st_ino) fd.reset();
  return fd;
}

// In a process of its own, forked from one that may have threads: system calls and nothing else. The user
// namespace first, which gives who is not root the privilege over the other. Its sysctl is that of who looks
// it up (namespaces(7), /proc/sys/user), so that /proc is the caller's and not one inside.
[[noreturn]] void tell(const Fd& user, const Fd& uts, int to) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Names names{};
  if (user && setns(user.get(), CLONE_NEWUSER) != 0) _exit(1);
  if (uts && setns(uts.get(), CLONE_NEWUTS) != 0) _exit(1);
  const int file = open("/proc/sys/user/max_user_namespaces", O_RDONLY | O_CLOEXEC);
  if (file >= 0 && read(file, &names.user_namespaces, 1) != 1) names.user_namespaces = 0;
  if (uname(&names.uts) != 0) _exit(1);
  _exit(write(to, &names, sizeof names) == ssize_t(sizeof names) ? 0 : 1);
}

}  // namespace

void observe_names(pid_t pid, Posture& out) {
  const Fd user = other_namespace(pid, "user"), uts = other_namespace(pid, "uts");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t teller = fork();
  if (teller < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (teller == 0) tell(user, uts, to.get());
  to.reset();
  Names names;
  ssize_t got;
  while ((got = read(from.get(), &names, sizeof names)) < 0 && errno == EINTR) {
  }
  while (waitpid(teller, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  if (got != ssize_t(sizeof names)) return;  // one write(2), which a pipe does not divide: pipe(7)
  out["hostname"] = names.uts.nodename;
  out["domainname"] = names.uts.domainname;
  if (names.user_namespaces != 0) out["nested_user"] = names.user_namespaces == '0' ? "no" : "yes";
}

}  // namespace isolator
