// What a process gives up for good: Landlock, seccomp, keys, the layout of its memory. Each is applied, and
// then something that it denies is tried.

#include "attempt.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace isolator {
namespace {

// A filter that has one answer for getppid(2) and allows the rest.
int load_filter_of_getppid(std::uint32_t answer, unsigned flags) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{std::size(code), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return int(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

constexpr const char* without_effect = "it was applied, and denies nothing";

}  // namespace

Tried try_landlock() {
  return in_fork([]() -> Tried {
    constexpr long version = 1;
    const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, version);
    if (abi < 0) return {errno, "landlock_create_ruleset", ""};
    const std::uint64_t read_file = 1 << 2;
    const Fd ruleset(int(syscall(SYS_landlock_create_ruleset, &read_file, sizeof read_file, 0)));
    if (!ruleset) return {errno, "landlock_create_ruleset", ""};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
      return {errno, "landlock_restrict_self", ""};
    const Fd denied(open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    if (denied || errno != EACCES) return {EINVAL, without_effect, ""};
    return {0, "ABI " + std::to_string(abi), ""};
  });
}

Tried try_seccomp_filter() {
  return in_fork([]() -> Tried {
    if (load_filter_of_getppid(SECCOMP_RET_ERRNO | EXDEV, 0) != 0) return {errno, "seccomp", ""};
    if (syscall(SYS_getppid) != -1 || errno != EXDEV) return {EINVAL, without_effect, ""};
    return {};
  });
}

// A second process makes the call, this one answers it; seccomp_unotify(2).
Tried try_seccomp_notification() {
  return in_fork([]() -> Tried {
    const Fd listener(load_filter_of_getppid(SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER));
    if (!listener) return {errno, "seccomp", ""};
    constexpr int answer = 42;
    const pid_t caller = fork();
    if (caller == 0) _exit(syscall(SYS_getppid) == answer ? 0 : 1);
    seccomp_notif asked{};
    if (ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
      return {errno, "SECCOMP_IOCTL_NOTIF_RECV", ""};
    seccomp_notif_resp answered{};
    answered.id = asked.id;
    answered.val = answer;
    if (ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SEND, &answered) != 0)
      return {errno, "SECCOMP_IOCTL_NOTIF_SEND", ""};
    int status = 0;
    waitpid(caller, &status, 0);
    if (status != 0) return {EINVAL, "the answer did not arrive", ""};
    return {};
  });
}

Tried try_keyring() {
  return in_fork([]() -> Tried {
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0) return {errno, "keyctl", ""};
    return {};
  });
}

Tried try_personality() {
  return in_fork([]() -> Tried {
    if (personality(ADDR_NO_RANDOMIZE) < 0) return {errno, "personality", ""};
    if (personality(0xffffffff) != ADDR_NO_RANDOMIZE) return {EINVAL, without_effect, ""};
    return {};
  });
}

}  // namespace isolator
