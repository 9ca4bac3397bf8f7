// The filters that have a name, as rules.

#include "seccomp_modes.h"
#include "syscall_groups.h"

#include <sched.h>
#include <sys/capability.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string_view>

namespace isolator {
namespace {

using Kind = Seccomp::Action::Kind;
using Op = Seccomp::Comparison::Op;

// The 32-bit arguments of calls: the kernel looks at no more, so neither may a filter (CVE-2019-10063).
constexpr std::uint64_t low_half = 0xffffffff;

constexpr std::uint64_t namespace_flags =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;

// What the default profile of the container engines allows everybody (containers/common, moby/profiles).
constexpr std::string_view for_everybody =
    "@default @process @memory @signal @time @sync @io @file @network @identity @chown "
    "adjtimex capset clock_adjtime fanotify_mark get_thread_area io_cancel io_destroy io_getevents "
    "io_pgetevents io_setup io_submit ioprio_set modify_ldt mq_getsetattr mq_notify mq_open mq_timedreceive "
    "mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd process_vm_readv process_vm_writev ptrace "
    "remap_file_pages sched_setaffinity sched_setattr sched_setparam sched_setscheduler semctl semget semop "
    "semtimedop set_thread_area setfsgid setfsuid setgid setgroups setpriority setregid setresgid setresuid "
    "setreuid setrlimit setuid shmat shmctl shmdt shmget";

// What they add for who keeps a capability.
struct WithCapability {
  int capability;
  std::string_view calls;
};
constexpr WithCapability with_capability[] = {
    {CAP_DAC_READ_SEARCH, "open_by_handle_at"},
    {CAP_SYS_ADMIN,
     "@mount bpf clone clone3 fanotify_init lookup_dcookie perf_event_open quotactl quotactl_fd "
     "setdomainname "
     "sethostname syslog"},
    {CAP_BPF, "bpf"},
    {CAP_PERFMON, "perf_event_open"},
    {CAP_SYS_BOOT, "reboot"},
    {CAP_SYS_CHROOT, "chroot"},
    {CAP_SYS_MODULE, "@module"},
    {CAP_SYS_NICE, "get_mempolicy mbind set_mempolicy set_mempolicy_home_node"},
    {CAP_SYS_PACCT, "acct"},
    {CAP_SYS_PTRACE, "kcmp pidfd_getfd process_madvise"},
    {CAP_SYS_RAWIO, "ioperm iopl"},
    {CAP_SYS_TIME, "clock_settime settimeofday"},
    {CAP_SYS_TTY_CONFIG, "vhangup"},
    {CAP_SYSLOG, "syslog"},
};

// In the groups above, and yet not for everybody.
constexpr std::string_view for_few = "clone clone3 get_mempolicy personality socket";

void add_words(std::set<std::string_view>& out, std::string_view words) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (const SyscallGroup* group = find_syscall_group(word))
      out.insert(group->calls.begin(), group->calls.end());
    else
      out.insert(word);
  }
}

}  // namespace

// What SECCOMP_MODE_STRICT allows. That mode itself cannot be used: it would end the process at the exec that
// starts the payload.
Seccomp strict_filter() {
  Seccomp out{.otherwise = {Kind::kill_process}};
  for (const char* syscall : {"read", "write", "exit", "exit_group", "rt_sigreturn"})
    out.rules.push_back({syscall, {Kind::allow}, {}});
  return out;
}

Seccomp engine_filter(std::uint64_t capabilities) {
  std::set<std::string_view> calls, few;
  add_words(calls, for_everybody);
  add_words(few, for_few);
  for (const std::string_view call : few) calls.erase(call);
  for (const auto& [capability, words] : with_capability)
    if (capabilities >> capability & 1) add_words(calls, words);

  Seccomp out{.otherwise = {Kind::fail, EPERM}};
  for (const std::string_view call : calls) out.rules.push_back({std::string(call), {Kind::allow}, {}});
  const auto allow = [&](const char* call, Seccomp::Comparison when) {
    out.rules.push_back({call, {Kind::allow}, {when}});
  };
  if (!calls.contains("clone")) allow("clone", {0, Op::masked_eq, 0, namespace_flags});
  for (const std::uint64_t persona : {std::uint64_t(PER_LINUX), std::uint64_t(PER_LINUX32),
                                      std::uint64_t(UNAME26), std::uint64_t(PER_LINUX32) | UNAME26, low_half})
    allow("personality", {0, Op::masked_eq, persona, low_half});
  // Sockets of the host, whose namespace no container has: AF_VSOCK reaches the hypervisor.
  for (std::uint64_t family = 0; family < AF_MAX; ++family)
    if (family != AF_VSOCK) allow("socket", {0, Op::masked_eq, family, low_half});
  return out;
}

// Its flags lie in memory, where no filter sees them; a libc that gets ENOSYS falls back to clone.
void refuse_clone3_beside_flags(Seccomp& filter) {
  const auto looks_at_flags = [](const Seccomp::Rule& rule) {
    return rule.syscall == "clone" && !rule.when.empty();
  };
  if (std::none_of(filter.rules.begin(), filter.rules.end(), looks_at_flags)) return;
  const auto allows_clone3 = [](const Seccomp::Rule& rule) {
    return rule.syscall == "clone3" && (rule.action.kind == Kind::allow || rule.action.kind == Kind::log);
  };
  std::erase_if(filter.rules, allows_clone3);
  const auto decides_clone3 = [](const Seccomp::Rule& rule) { return rule.syscall == "clone3"; };
  if (std::none_of(filter.rules.begin(), filter.rules.end(), decides_clone3))
    filter.rules.push_back({"clone3", {Kind::fail, ENOSYS}, {}});
}

}  // namespace isolator
