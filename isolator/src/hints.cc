// What the reader can do about a step that failed.

#include <cerrno>

#include "builder.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace isolator {
namespace {

struct Hint {
  Step step;
  int err;
  const char* text;
  bool (*when)(const Spec&, const std::string& object) = nullptr;  // null: always
};

bool without_user_namespace(const Spec& spec, const std::string&) {
  return geteuid() != 0 && !has(spec.unshare, Ns::user);
}
bool kernel_files(const Spec& spec, const std::string& object) {
  return has(spec.unshare, Ns::user) && (object == "/proc" || object == "/sys");
}
bool device(const Spec&, const std::string& object) { return object.starts_with("/dev/"); }
bool attributes(const Spec&, const std::string& object) { return object.starts_with("attributes of "); }
bool owners(const Spec&, const std::string& object) { return object.starts_with("owners of "); }
bool unknown_attribute(const Spec& spec, const std::string& object) {
  return std::any_of(spec.mounts.begin(), spec.mounts.end(), [&](const Mount& m) {
    return m.nosymfollow && (m.target == object || m.source == object);
  });
}
bool overlaid(const Spec& spec, const std::string&) { return !spec.root.lower.empty(); }
bool overlaid_by_nobody(const Spec& spec, const std::string& object) {
  return has(spec.unshare, Ns::user) && object.starts_with("overlay of ");
}
bool nested(const Spec&, const std::string& object) { return object == "user.max_user_namespaces"; }
bool switching(const Spec&, const std::string& object) { return object == "switch"; }
bool terminal(const Spec&, const std::string& object) { return object == "TIOCSCTTY"; }
bool from_the_host(const Spec& spec, const std::string&) { return !spec.process.program.empty(); }
// Seen on Linux 5.10, and no longer on 6.1.
bool tomoyo(const Spec& spec, const std::string&) {
  utsname kernel{};
  if (uname(&kernel) != 0 || std::atoi(kernel.release) > 5) return false;
  const std::string& program = spec.process.init.empty() ? spec.process.program : spec.process.init;
  std::ifstream file("/sys/kernel/security/lsm");
  std::string modules;
  return !program.empty() && access(program.c_str(), F_OK) == 0 && std::getline(file, modules) &&
         modules.find("tomoyo") != std::string::npos;
}
bool found(const Spec& spec, const std::string& object) {
  return finds_command(spec) && object == spec.process.argv[0];
}

// The first that fits.
constexpr Hint hints[] = {
    {Step::clone, EPERM, "these namespaces need root, or a user namespace beside them",
     without_user_namespace},
    {Step::clone, EPERM,
     "the kernel refuses user namespaces to this user: see kernel.unprivileged_userns_clone, "
     "kernel.apparmor_restrict_unprivileged_userns, or the seccomp filter of the container this runs in"},
    {Step::clone, ENOSPC, "a limit in /proc/sys/user/max_*_namespaces is reached"},
    {Step::clone, EINVAL, "this kernel lacks one of these namespaces, or CLONE_CLEAR_SIGHAND (Linux 5.5)"},
    {Step::clone, EAGAIN, "a limit on processes is reached: RLIMIT_NPROC, pids.max or kernel.pid_max"},
    {Step::clone, EACCES,
     "to start a process in another cgroup takes write access to cgroup.procs of it and of what is above "
     "both"},
    {Step::maps, EPERM,
     "mapping these ids needs CAP_SETUID and CAP_SETGID over them in the caller's user namespace"},
    {Step::mount, EPERM, "the host's mount has got options since the plan was made that this would take away",
     attributes},
    {Step::mount, ENOENT, "without mount_setattr(2), Linux 5.12, it takes a /proc where the caller is",
     attributes},
    {Step::mount, EINVAL, "nosymfollow takes Linux 5.14", unknown_attribute},
    {Step::mount, EPERM,
     "in a user namespace it needs a PID (for proc) or network (for sysfs) namespace of its own, and one "
     "that "
     "nothing covers must be visible outside",
     kernel_files},
    {Step::mount, EPERM,
     "it takes CAP_SYS_ADMIN over the file system: be root, outside of any user namespace", owners},
    {Step::mount, EINVAL, "its file system cannot be mounted so, or Linux is older than 5.12", owners},
    {Step::mount, EPERM, "it is not the device that belongs there, or may not be bound", device},
    {Step::mount, EROFS, "the mount point does not exist, and the tree that should hold it is read-only"},
    {Step::mount, EACCES, "the source must be reachable for the caller's uid without privilege"},
    {Step::mount, ENOENT, "the source must exist, and be reachable for the caller's uid without privilege"},
    {Step::mount, ENOSYS, "it takes mount_setattr(2), Linux 5.12", owners},
    {Step::mount, ENOSYS, "mounts by descriptors (fsopen(2), openat2(2)) take Linux 5.6"},
    {Step::mount, EEXIST, "something is there already, and a file of a profile replaces nothing"},
    {Step::network, EPERM,
     "an interface where the caller is takes CAP_NET_ADMIN there: be root, or network.kind = \"user\""},
    {Step::network, EEXIST,
     "an interface of that name is there: network.interface, or none for a fresh name"},
    {Step::network, EOPNOTSUPP, "this kernel has no veth: modprobe veth"},
    {Step::root, EINVAL,
     "pivot_root(2) refuses where the current root is no mount point, in an initramfs for one", switching},
    {Step::root, EPERM, "an overlay in a user namespace takes Linux 5.11", overlaid_by_nobody},
    {Step::root, EPERM, "changing the root needs CAP_SYS_CHROOT: be root, or add a user namespace"},
    {Step::root, EACCES, "the directories of an overlay must be reachable for the first uid that is mapped",
     overlaid},
    {Step::root, ENODEV, "this kernel has no overlay: modprobe overlay", overlaid},
    {Step::namespaces, ENOSPC, "a limit in /proc/sys/user/max_*_namespaces is reached"},
    {Step::namespaces, ERANGE, "no clock can be before the boot"},
    {Step::namespaces, EPERM, "a user namespace could still be made inside", nested},
    {Step::namespaces, EROFS, "/proc/sys is read-only here, as a container engine leaves it", nested},
    {Step::schedule, EPERM,
     "a higher priority than the caller's takes CAP_SYS_NICE outside of any user namespace"},
    {Step::schedule, EACCES,
     "a higher priority than the caller's takes CAP_SYS_NICE outside of any user namespace"},
    {Step::schedule, EINVAL, "none of these processors is there, or is the caller's to use"},
    {Step::session, ENOTTY, "descriptor 0 inside must be a terminal", terminal},
    {Step::session, EPERM, "the terminal controls another session already", terminal},
    {Step::keyring, EDQUOT,
     "the user's quota of keys is used up: kernel.keys.maxkeys; or process.new_keyring = false"},
    {Step::keyring, EPERM,
     "the container that this runs in filters keyctl(2): with process.new_keyring = false the caller's keys "
     "can be "
     "reached from inside"},
    {Step::landlock, ENOENT, "a path of a rule must be there, inside"},
    {Step::landlock, EINVAL,
     "a rule for a file may hold execute, write_file, read_file, truncate and ioctl_dev alone"},
    {Step::identity, EINVAL, "the id is not mapped in the user namespace"},
    {Step::identity, EPERM, "changing the id needs root, or a user namespace that maps it"},
    {Step::capabilities, EPERM,
     "a capability that the caller lacks cannot be kept, and dropping one needs CAP_SETPCAP"},
    {Step::seccomp, EBUSY,
     "the calls of this process are notified to another already: there can be one listener"},
    {Step::seccomp, EACCES, "loading a filter needs no_new_privs or CAP_SYS_ADMIN"},
    {Step::limits, EPERM, "a hard limit can be raised only with CAP_SYS_RESOURCE"},
    {Step::parent, ETIMEDOUT, "the parent did not answer within five seconds"},
    {Step::exec, ENOENT,
     "TOMOYO looks for /dev/fd inside, where there is none: boot with an lsm= without tomoyo", tomoyo},
    {Step::exec, ENOENT, "there is no such file on the host", from_the_host},
    {Step::exec, ENOENT,
     "the file is there, but not the loader or the #! interpreter that it asks for: root.from copies them "
     "along",
     found},
    {Step::exec, ENOENT, "the command, or the loader that it asks for, does not exist inside the root"},
    {Step::exec, EACCES, "it is not executable for this uid, or its file system is mounted noexec"},
    {Step::exec, ENOEXEC, "it is a program for another architecture, or a script without #!"},
};

}  // namespace

std::string search_path(const Process& process) {
  const std::map<std::string, std::string> environment = environment_of(process);
  const auto found = environment.find("PATH");
  return found == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : found->second;
}

bool finds_command(const Spec& spec) {
  return spec.process.program.empty() && (spec.process.no_new_privs || !spec.seccomp);
}

std::string command_in_its_root(const Spec& spec) {
  const std::string& command = spec.process.argv[0];
  const Root& root = spec.root;
  const std::string which = root.method == Root::Method::none ? "the caller's root"
                            : !root.path.empty()              ? "the root " + root.path
                            : !root.lower.empty()             ? "the root over " + root.lower.front()
                            : !root.archive.empty()           ? "the root from " + root.archive
                                                              : "the fresh root";
  return command + " in " +
         (command.find('/') == std::string::npos ? search_path(spec.process) + " of " : "") + which;
}

std::string hint(const Spec& spec, Step step, const std::string& object, int err) {
  if (step == Step::exec && err == ENOENT && finds_command(spec) && object != spec.process.argv[0])
    return "there is no " + object + ": a mount or root.from brings a program in";
  for (const Hint& each : hints)
    if (each.step == step && each.err == err && (each.when == nullptr || each.when(spec, object)))
      return each.text;
  return "";
}

}  // namespace isolator
