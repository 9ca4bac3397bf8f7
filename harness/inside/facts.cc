// Reads what tells where this process is. Each call is harmless: an empty or an impossible argument, which
// the kernel refuses where it knows the call.

#include "signs.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/klog.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace escapement::unwitnessed {
namespace {

constexpr std::size_t most = 64 << 10;  // bytes of one file

// Nothing where there is none; an empty text where it may not be read, or holds nothing.
void read_into(Facts& facts, const char* path) {
  const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    if (errno != ENOENT && errno != ENOTDIR) facts.files[path];
    return;
  }
  std::string& text = facts.files[path];
  char buffer[4096];
  for (ssize_t n; text.size() < most && (n = read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, std::size_t(n));
  close(fd);
}

// A filter may kill who makes such a call, so a child makes it: its errno, or -1 where it was killed.
template <typename Call>
int error_of(Call call) {
  const pid_t pid = fork();
  if (pid < 0) return -1;
  if (pid == 0) _exit(call() < 0 ? errno : 0);  // no errno is above 133
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// What the processor says of who emulates it: bit 31 of ECX of leaf 1 is reserved for that, and is 0 on a
// bare machine.
std::string hypervisor() {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c >> 31 & 1U) == 0) return "";
  __cpuid(0x40000000, a, b, c, d);
  char vendor[13] = {};
  std::memcpy(vendor, &b, 4);
  std::memcpy(vendor + 4, &c, 4);
  std::memcpy(vendor + 8, &d, 4);
  return vendor[0] == '\0' ? "one without a name" : vendor;
#else
  return "";
#endif
}

// PR_GET_SECCOMP says 2 under a filter that lets the question pass; without any it says 0, and no kernel says
// else.
bool is_filtered() {
  return error_of([] {
           const int mode = prctl(PR_GET_SECCOMP);
           errno = mode < 0 ? errno : mode;
           return -1;
         }) != 0;
}

// SYSLOG_ACTION_READ_ALL of syslog(2), which clears nothing.
bool log_names_gvisor() {
  static char text[64 << 10];
  return error_of([] {
           const int length = klogctl(3, text, sizeof text - 1);
           errno = length > 0 && memmem(text, std::size_t(length), "gVisor", 6) != nullptr ? EEXIST : ENOENT;
           return -1;
         }) == EEXIST;
}

}  // namespace

Facts facts_here() {
  Facts out;
  for (const char* path :
       {"/proc/version", "/proc/self/status", "/proc/self/uid_map", "/proc/self/cgroup",
        "/proc/self/mountinfo", "/proc/sys/kernel/cap_last_cap", "/sys/class/dmi/id/sys_vendor",
        "/sys/class/dmi/id/product_name", "/sys/class/dmi/id/bios_vendor", "/sys/hypervisor/type",
        "/sys/devices/system/clocksource/clocksource0/current_clocksource"})
    read_into(out, path);
  for (const char* path : {"/.dockerenv", "/run/.containerenv", "/proc/kallsyms", "/proc/modules",
                           "/proc/kmsg", "/sys/bus/virtio/devices/virtio0"})
    if (access(path, F_OK) == 0) out.files[path];
  out.has_proc = out.files.contains("/proc/self/status");
  out.namespaces = values_here({}).namespaces;
  if (const char* container = std::getenv("container")) out.container = container;
  utsname names{};
  uname(&names);
  out.release = names.release;
  out.filtered = is_filtered();
  out.log_names_gvisor = log_names_gvisor();
  out.hypervisor = hypervisor();

  struct statx info {};
  const auto ask = [&] { return syscall(SYS_statx, AT_FDCWD, "/", 0, STATX_TYPE, &info); };
  out.calls["statx"] = error_of(ask);
  if (out.calls["statx"] == 0 && ask() == 0 && (info.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
    out.root_is_a_mount = (info.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  out.calls["vmsplice"] = error_of([] { return syscall(SYS_vmsplice, -1, nullptr, 0UL, 0U); });
  out.calls["remap_file_pages"] = error_of([] { return syscall(SYS_remap_file_pages, 0UL, 0UL, 0, 0UL, 0); });
  out.calls["sched_setattr"] = error_of([] { return syscall(SYS_sched_setattr, 0, nullptr, 0U); });
  out.calls["sched_rr_get_interval"] =
      error_of([] { return syscall(SYS_sched_rr_get_interval, -1, nullptr); });
  return out;
}

}  // namespace escapement::unwitnessed
