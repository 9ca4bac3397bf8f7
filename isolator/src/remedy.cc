// What to do about what is missing: the line to type, where this host tells which.

#include "attempt.h"
#include "cgroup_files.h"
#include "mountinfo.h"

#include <unistd.h>

#include <cerrno>
#include <map>
#include <string_view>

namespace isolator {
namespace {

// Of a file of /proc or /sys; empty where there is none, or it may not be read.
std::string text_of(const std::string& path) {
  try {
    std::string text = cgroup::read_if_there(path).value_or("");
    return text.substr(0, text.find_last_not_of('\n') + 1);
  } catch (const Error&) {
    return "";
  }
}

bool is_filtered() { return text_of("/proc/self/status").find("\nSeccomp:\t2") != std::string::npos; }

const std::string filter_of_the_container =
    "a seccomp filter holds this process, and may be what refuses it. As a container: docker run "
    "--security-opt seccomp=unconfined";

std::vector<MountLine> mounts() { return parse_mountinfo(text_of("/proc/self/mountinfo")); }

// What may be set so that nobody but root gets a user namespace, or the capabilities in it.
std::string restriction() {
  if (text_of("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "sysctl -w kernel.unprivileged_userns_clone=1";
  if (text_of("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; or for one program alone, in "
           "/etc/apparmor.d: abi <abi/4.0>, profile isolator /usr/bin/isolator flags=(unconfined) { userns, "
           "}";
  return "";
}

const std::map<std::string, std::pair<std::string, std::string>> namespaces{
    // feature -> file of /proc/sys/user, option of the kernel's build
    {"namespace.user", {"max_user_namespaces", "CONFIG_USER_NS"}},
    {"namespace.mount", {"max_mnt_namespaces", ""}},
    {"namespace.pid", {"max_pid_namespaces", "CONFIG_PID_NS"}},
    {"namespace.net", {"max_net_namespaces", "CONFIG_NET_NS"}},
    {"namespace.ipc", {"max_ipc_namespaces", "CONFIG_IPC_NS"}},
    {"namespace.uts", {"max_uts_namespaces", "CONFIG_UTS_NS"}},
    {"namespace.cgroup", {"max_cgroup_namespaces", "CONFIG_CGROUPS"}},
    {"namespace.time", {"max_time_namespaces", "CONFIG_TIME_NS"}},
};

// A limit of an outer user namespace counts as well, and cannot be seen from here.
std::string for_count(const std::string& expected) {
  for (const auto& [feature, kind] : namespaces)
    if (text_of("/proc/sys/user/" + kind.first) == "0")
      return "sysctl -w user." + kind.first + "=10000 (it is 0)";
  return "a limit is reached: user." + expected + " (it is " + text_of("/proc/sys/user/" + expected) +
         "), or the same of a user namespace further out";
}

// "clone CLONE_NEWUSER|CLONE_NEWPID" failed.
std::string for_clone(const std::string& feature, const Tried& tried) {
  const auto kind = namespaces.find(feature);
  switch (tried.err) {
    case ENOSYS:
      return "Linux 5.5 for clone3(2)";
    case ENOSPC:
      return for_count(kind == namespaces.end() ? "max_user_namespaces" : kind->second.first);
    case EINVAL:
      return kind == namespaces.end() ? "" : "a kernel with " + kind->second.second;
    case EUSERS:
      return "user namespaces are nested too deeply: 32 at most";
    case EPERM:
    case EACCES:
      if (tried.detail.find("CLONE_NEWUSER") == tried.detail.npos)
        return "be root, or add user to namespaces.new";
      if (std::string out = restriction(); !out.empty()) return out;
      if (is_filtered()) return filter_of_the_container;
      return "below chroot(2) nobody can make one, nor a uid or gid that is not mapped here: clone(2)";
    default:
      return "";
  }
}

// The kernel shows a new proc or sysfs in a user namespace only where an old one is seen that nothing covers
// (mount_too_revealing in fs/namespace.c).
std::string for_kernel_files(const std::string& where) {
  std::string covered;
  for (const MountLine& mount : mounts())
    if (mount.point.starts_with(where + "/") && (where != "/sys" || !mount.point.starts_with("/sys/fs/")) &&
        mount.type != "binfmt_misc" && mount.type != "autofs")
      covered += (covered.empty() ? "" : ", ") + mount.point;
  if (covered.empty()) return "a " + where.substr(1) + " that nothing covers must be mounted outside";
  return "outside nothing may cover a part of " + where + ", and here is mounted over " + covered +
         ". As a container: docker run --security-opt systempaths=unconfined, podman run "
         "--security-opt unmask=ALL";
}

std::string for_landlock(int err) {
  if (err == EOPNOTSUPP) {
    const std::string now = text_of("/sys/kernel/security/lsm");
    return "boot with lsm=landlock," + (now.empty() ? "..." : now);
  }
  return err == ENOSYS ? "a kernel with CONFIG_SECURITY_LANDLOCK, Linux 5.13" : "";
}

std::string for_controller(const std::string& name) {
  const std::string table = "\n" + text_of("/proc/cgroups");
  const std::size_t line = table.find("\n" + name + "\t");
  if (line == std::string::npos) return "a kernel with the cgroup controller " + name;
  if (table.substr(line + 1, table.find('\n', line + 1) - line - 1).ends_with("\t0"))
    return "boot with cgroup_enable=" + name;
  return "mount -t cgroup2 none /sys/fs/cgroup";
}

std::string for_ids(const Tried& tried) {
  if (tried.detail.find("no line") != tried.detail.npos)
    return "as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER; one range a user";
  return restriction();
}

constexpr int refused = -1;  // EPERM or EACCES
constexpr int any = 0;

// The first that fits.
constexpr struct {
  std::string_view feature;
  int err;
  const char* text;
} known[] = {
    {"mount.overlay", ENODEV, "modprobe overlay"},
    {"mount.overlay", refused, "Linux 5.11 for one in a user namespace"},
    {"mount.idmapped", refused, "be root: it takes CAP_SYS_ADMIN where the file system was mounted"},
    {"mount.idmapped", ENOSYS, "Linux 5.12"},
    {"mount.idmapped", any, "the file system of / cannot: ext4, xfs, btrfs can, tmpfs since Linux 6.3"},
    {"process.clone_into_cgroup", refused,
     "a delegated cgroup: systemd-run --user --scope -p Delegate=yes COMMAND"},
    {"process.clone_into_cgroup", any, "mount -t cgroup2 none /sys/fs/cgroup; Linux 5.7"},
    {"process.clone3", any, "Linux 5.5 for clone3(2) with CLONE_CLEAR_SIGHAND"},
    {"process.pidfd", ENOSYS, "Linux 5.4"},
    {"process.pidfd_setns", EINVAL, "Linux 5.8"},
    {"process.keyring", EDQUOT, "sysctl -w kernel.keys.maxkeys=2000"},
    {"process.keyring", ENOSYS, "a kernel with CONFIG_KEYS"},
    {"process.ptrace", refused, "see kernel.yama.ptrace_scope: 3 forbids it until the next boot"},
    {"seccomp.filter", EINVAL, "a kernel with CONFIG_SECCOMP_FILTER"},
    {"seccomp.filter", ENOSYS, "a kernel with CONFIG_SECCOMP"},
    {"seccomp.notify", EINVAL, "Linux 5.0"},
    {"seccomp.notify", EBUSY, "a filter of this process has a listener already"},
    {"network.tun", ENOENT, "modprobe tun"},
    {"network.tun", ENODEV, "modprobe tun"},
    {"network.tun", refused, "chmod 666 /dev/net/tun"},
    {"network.slirp4netns", any, "apt-get install slirp4netns"},
};

bool is_refusal(int err) { return err == EPERM || err == EACCES; }

std::string for_feature(const std::string& feature, const Tried& tried) {
  const std::string& detail = tried.detail;
  if (detail.starts_with("clone ")) return for_clone(feature, tried);
  if (feature.starts_with("namespace.") && is_refusal(tried.err)) return restriction();
  if (feature == "identity.ranges") return for_ids(tried);
  if (feature == "landlock") return for_landlock(tried.err);
  if (detail.starts_with("mount /proc") && is_refusal(tried.err)) return for_kernel_files("/proc");
  if (detail.starts_with("mount /sys") && is_refusal(tried.err)) return for_kernel_files("/sys");
  if (detail.starts_with("cgroup ") && tried.err == EOPNOTSUPP) return for_controller(detail.substr(7));
  if (detail == "setgroups")
    return "it becomes nobody, which root of a user namespace cannot: run it as a user without privilege";
  for (const auto& [name, err, text] : known)
    if (name == feature && (err == any || err == tried.err || (err == refused && is_refusal(tried.err))))
      return text;
  return "";
}

}  // namespace

std::string remedy(const std::string& feature, const Tried& tried) {
  if (tried.err == 0) return tried.hint;
  std::string out = for_feature(feature, tried);
  if (out.empty()) out = tried.hint;
  if ((is_refusal(tried.err) || tried.err == ENOSYS) && is_filtered() && out.find("seccomp=") == out.npos)
    out += (out.empty() ? "" : "; or ") + filter_of_the_container;
  return out;
}

}  // namespace isolator
