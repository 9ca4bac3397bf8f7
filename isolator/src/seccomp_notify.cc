// seccomp_unotify(2): calls that wait until somebody outside has answered them.

#include "seccomp_notify.h"

#include <isolator/error.h>

#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace isolator {
namespace {

std::string name_of(int nr) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr), std::free);
  return name ? name.get() : std::to_string(nr);
}

// ENOENT: who made the call was killed, or a signal has ended it.
bool exchange(int listener, unsigned long request, const char* object, void* message) {
  while (ioctl(listener, request, message) != 0) {
    if (errno == ENOENT) return false;
    if (errno != EINTR) throw Error(Step::wait, object, errno);
  }
  return true;
}

}  // namespace

Fd take_listener(int pidfd, int number) {
  Fd listener(int(syscall(SYS_pidfd_getfd, pidfd, number, 0)));
  if (!listener) throw Error(Step::seccomp, "listener", errno);
  return listener;
}

void Notices::answer(const std::function<Reply(const Notification&)>& reply) {
  seccomp_notif asked{};  // all zero, or EINVAL
  if (!exchange(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, "SECCOMP_IOCTL_NOTIF_RECV", &asked)) return;
  Notification call{pid_t(asked.pid), name_of(asked.data.nr), {}};
  std::copy(std::begin(asked.data.args), std::end(asked.data.args), call.args.begin());
  ++counts_[call.syscall];

  const Reply given =
      reply ? reply(call) : Reply{otherwise_.kind == Seccomp::Action::Kind::allow, otherwise_.err, 0};
  seccomp_notif_resp answered{};
  answered.id = asked.id;
  if (given.proceed) {
    answered.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  } else {
    answered.error = -given.err;
    answered.val = given.err == 0 ? given.value : 0;
  }
  exchange(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, "SECCOMP_IOCTL_NOTIF_SEND", &answered);
}

}  // namespace isolator
