// What belongs to a namespace as a whole: its creation where clone3(2) is too early, the hostname, the
// loopback interface.

#include "builder.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <tuple>

namespace isolator {
namespace {

constexpr std::pair<Ns, const char*> names[] = {
    {Ns::user, "CLONE_NEWUSER"},     {Ns::mount, "CLONE_NEWNS"},  {Ns::pid, "CLONE_NEWPID"},
    {Ns::net, "CLONE_NEWNET"},       {Ns::ipc, "CLONE_NEWIPC"},   {Ns::uts, "CLONE_NEWUTS"},
    {Ns::cgroup, "CLONE_NEWCGROUP"}, {Ns::time, "CLONE_NEWTIME"},
};

// Linux 6.3 has let exec(2) enter the time namespace of a process's children. Before, the kernel refused
// vfork(2) to who has one (time_namespaces(7), EINVAL): tried, because distributions carry the change to
// kernels of any number.
bool exec_enters_time_namespace() {
  static const bool enters = [] {
    utsname kernel{};
    int major = 0, minor = 0;
    if (uname(&kernel) == 0 && std::sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
        std::tie(major, minor) >= std::tuple(6, 3))
      return true;
    const pid_t trial = fork();
    if (trial == 0) {
      if (unshare(CLONE_NEWTIME) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWTIME) != 0)
        _exit(0);  // the launch will say why
      const pid_t child = vfork();
      if (child == 0) _exit(0);
      const bool refused = child < 0 && errno == EINVAL;
      if (child > 0) waitpid(child, nullptr, 0);  // or it stays with whoever reaps orphans
      _exit(refused);
    }
    int status = 0;
    while (trial > 0 && waitpid(trial, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0;
  }();
  return enters;
}

void write_proc(Builder& b, const std::string& path, const std::string& text) {
  const Reg fd = b.into("file", CALL(b, openat, FLAGS(AT_FDCWD), path, FLAGS(O_WRONLY | O_CLOEXEC)));
  CALL(b, write, fd, text, text.size());
  CALL(b, close, fd);
}

// Before the first process is in the namespace: then they cannot be changed any more (time_namespaces(7)).
void set_time_offsets(Builder& b) {
  std::string lines;
  for (const auto& [clock, offset] :
       {std::pair("monotonic", b.spec().monotonic), std::pair("boottime", b.spec().boottime)}) {
    if (offset.count() == 0) continue;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(offset);
    lines += std::string(clock) + " " + std::to_string(seconds.count()) + " " +
             std::to_string((offset - seconds).count()) + "\n";
  }
  if (lines.empty()) return;
  b.at(Step::namespaces, "time offsets");
  write_proc(b, "/proc/self/timens_offsets", lines);
}

// The limit of the namespace itself, which only who has CAP_SYS_RESOURCE in it could raise again. Then tried:
// a clone(2) that succeeded would be two processes that end here, the second without a signal: a child that
// is traced would stop at it (ptrace(2), signal-delivery-stop), and nobody waits for that yet.
void forbid_nested_user_namespaces(Builder& b) {
  b.at(Step::namespaces, "user.max_user_namespaces");
  write_proc(b, "/proc/sys/user/max_user_namespaces", "0");
  Op& trial = CALL(b, clone, FLAGS(CLONE_NEWUSER), Arg(0L, "NULL"), Arg(0L, "NULL"), Arg(0L, "NULL"),
                   Arg(0L, "NULL"));
  trial.tolerated = {ENOSPC};
  trial.check = [](const void*) noexcept { return false; };
}

}  // namespace

std::string clone_flag_names(std::uint64_t flags) {
  std::string out;
  if (flags & CLONE_PARENT) out = "CLONE_PARENT";
  for (const auto& [ns, name] : names)
    if (has(Ns(flags), ns)) out += (out.empty() ? "" : "|") + std::string(name);
  if (flags & CLONE_INTO_CGROUP) out += (out.empty() ? "" : "|") + std::string("CLONE_INTO_CGROUP");
  return out.empty() ? "0" : out;
}

// A cgroup namespace is rooted in the cgroup that its maker is in at that moment (cgroup_namespaces(7)), so
// it comes after the child is in it. A time namespace is entered by the next exec
// (time_namespaces(7)): a clone that shares memory would stay in the old one.
void enter_late_namespaces(Builder& b) {
  if (has(b.spec().unshare, Ns::time) && !exec_enters_time_namespace())
    throw Error(
        Step::namespaces, "CLONE_NEWTIME", EOPNOTSUPP,
        "on this kernel a process enters a new time namespace by fork(2) alone, not by execve(2): leave "
        "time out of namespaces.new");
  for (const auto& [ns, name] : names) {
    if (!has(late_namespaces, ns) || !has(b.spec().unshare, ns)) continue;
    b.at(Step::namespaces, name);
    CALL(b, unshare, Arg(long(ns), name));
  }
  set_time_offsets(b);
  if (!b.spec().nested_user) forbid_nested_user_namespaces(b);
}

// Half of what a launch takes, so the parent makes the cgroups meanwhile. The table of descriptors is still
// shared: here are those by which the child enters them.
void make_network_first(Builder& b) {
  b.at(Step::namespaces, "CLONE_NEWNET");
  CALL(b, unshare, FLAGS(CLONE_NEWNET));
  b.at(Step::cgroup).await("the parent has made the cgroups");
}

void set_names(Builder& b) {
  const auto& [hostname, domainname] = std::tie(b.spec().process.hostname, b.spec().process.domainname);
  if (!hostname.empty()) {
    b.at(Step::hostname, hostname);
    CALL(b, sethostname, hostname, hostname.size());
  }
  if (!domainname.empty()) {
    b.at(Step::hostname, domainname);
    CALL(b, setdomainname, domainname, domainname.size());
  }
}

void bring_loopback_up(Builder& b) {
  if (b.spec().network.kind == Network::Kind::none || !has(b.spec().unshare, Ns::net)) return;
  if (b.spec().network.kind == Network::Kind::veth || b.spec().network.kind == Network::Kind::user) {
    b.at(Step::network);
    b.store().tasks.push_back(
        {Plan::Store::Task::Kind::network, b.await("the parent has connected the network")});
  }
  b.at(Step::loopback, "lo");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const Reg fd = b.into("socket", CALL(b, socket, FLAGS(AF_INET), FLAGS(SOCK_DGRAM | SOCK_CLOEXEC), 0));
  CALL(b, ioctl, fd, FLAGS(SIOCSIFFLAGS), b.keep(request, "{lo, IFF_UP|IFF_RUNNING}"));
  CALL(b, close, fd);
}

}  // namespace isolator
