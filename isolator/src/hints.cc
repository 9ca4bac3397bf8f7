// What the reader can do about a step that failed.

#include "builder.h"

#include <cerrno>

namespace isolator {

std::string hint(const Spec& spec, Step step, const std::string& object, int err) {
  const bool root = geteuid() == 0;
  switch (step) {
    case Step::clone:
      if (err == EPERM && !root && !has(spec.unshare, Ns::user))
        return "these namespaces need root, or a user namespace beside them";
      if (err == EPERM)
        return "the kernel refuses user namespaces to this user: see kernel.unprivileged_userns_clone, "
               "kernel.apparmor_restrict_unprivileged_userns, or the seccomp filter of the container this "
               "runs in";
      if (err == ENOSPC) return "a limit in /proc/sys/user/max_*_namespaces is reached";
      if (err == EINVAL)
        return "this kernel lacks one of these namespaces, or CLONE_CLEAR_SIGHAND (Linux 5.5)";
      if (err == EAGAIN) return "a limit on processes is reached: RLIMIT_NPROC, pids.max or kernel.pid_max";
      break;
    case Step::maps:
      if (err == EPERM && !root)
        return "a user may map only the own uid and gid, once: leave out uid_map and gid_map, or be root";
      if (err == EPERM)
        return "mapping these ids needs CAP_SETUID and CAP_SETGID over them in the caller's user namespace";
      break;
    case Step::mount:
      if (err == EPERM && has(spec.unshare, Ns::user) && (object == "/proc" || object == "/sys"))
        return "in a user namespace it needs a PID (for proc) or network (for sysfs) namespace of its own, "
               "and one "
               "that nothing covers must be visible outside";
      if (err == EPERM && object.starts_with("/dev/"))
        return "it is not the device that belongs there, or may not be bound";
      if (err == EROFS)
        return "the mount point does not exist, and the tree that should hold it is read-only";
      if (err == EACCES || err == ENOENT)
        return "in a user namespace the source must be reachable for the caller's uid without privilege";
      if (err == ENOSYS) return "mount_setattr(2) needs Linux 5.12";
      break;
    case Step::root:
      if (err == EINVAL && object == "switch")
        return "pivot_root(2) refuses where the current root is no mount point, an initramfs for one";
      if (err == EPERM) return "changing the root needs CAP_SYS_CHROOT: be root, or add a user namespace";
      break;
    case Step::identity:
      if (err == EINVAL) return "the id is not mapped in the user namespace";
      if (err == EPERM) return "changing the id needs root, or a user namespace that maps it";
      break;
    case Step::capabilities:
      if (err == EPERM)
        return "a capability that the caller lacks cannot be kept, and dropping needs CAP_SETPCAP";
      break;
    case Step::seccomp:
      if (err == EACCES) return "loading a filter needs no_new_privs or CAP_SYS_ADMIN";
      break;
    case Step::limits:
      if (err == EPERM) return "a hard limit can be raised only with CAP_SYS_RESOURCE";
      break;
    case Step::parent:
      if (err == ETIMEDOUT) return "the parent did not answer within five seconds";
      break;
    case Step::exec:
      if (err == ENOENT && spec.process.program.empty())
        return "the command, or the loader that it asks for, does not exist inside the root" +
               (spec.root.method == Root::Method::none
                    ? ""
                    : " " + (spec.root.path.empty() ? "(a fresh tmpfs)" : spec.root.path));
      if (err == ENOENT) return "there is no such file on the host";
      if (err == EACCES) return "it is not executable for this uid, or its file system is mounted noexec";
      if (err == ENOEXEC) return "it is a program for another architecture, or a script without #!";
      break;
    default:
      break;
  }
  return "";
}

}  // namespace isolator
