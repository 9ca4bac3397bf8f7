#include "host_values.h"

#include <fcntl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <stdexcept>

namespace escapement::unwitnessed {
namespace {

// By the kernel's names below /proc/PID/ns, and ours; namespaces(7).
const std::map<std::string, std::string> files_of_namespaces = {
    {"cgroup", "cgroup"}, {"ipc", "ipc"},   {"mount", "mnt"}, {"net", "net"},
    {"pid", "pid"},       {"time", "time"}, {"user", "user"}, {"uts", "uts"}};

// PROC_IPC_INIT_INO and its neighbours of <linux/proc_ns.h>, which never change: an interface for programs.
const std::map<std::string, std::string> first_of_its_kind = {
    {"ipc", "ipc:[4026531839]"}, {"uts", "uts:[4026531838]"},       {"user", "user:[4026531837]"},
    {"pid", "pid:[4026531836]"}, {"cgroup", "cgroup:[4026531835]"}, {"time", "time:[4026531834]"}};

std::string link_of(const std::string& path) {
  char text[256];
  const ssize_t length = readlink(path.c_str(), text, sizeof text);
  return length < 0 ? "" : std::string(text, std::size_t(length));
}

std::string word_in(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

std::string identity(const char* path) {
  struct stat info {};
  if (stat(path, &info) != 0) return "";
  return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
}

// Without /proc: by if_nametoindex(3), which asks by a socket.
std::vector<std::string> interface_names() {
  std::vector<std::string> out;
  struct if_nameindex* all = if_nameindex();
  for (const struct if_nameindex* each = all; each != nullptr && each->if_index != 0; ++each)
    out.emplace_back(each->if_name);
  if (all != nullptr) if_freenameindex(all);
  std::sort(out.begin(), out.end());
  return out;
}

unsigned long number_of_mount_namespace() {
  constexpr unsigned long get_id = _IOR(0xb7, 5, std::uint64_t);  // NS_GET_MNTNS_ID
  const int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  std::uint64_t id = 0;
  if (fd < 0) return 0;
  if (ioctl(fd, get_id, &id) != 0) id = 0;
  close(fd);
  return id;
}

Likeness likeness(const std::string& what, const std::string& host, const std::string& here,
                  const std::string& same, const std::string& other) {
  if (host.empty() || here.empty())
    return {what, Standing::unknown,
            "cannot be told: it is not shown " + std::string(here.empty() ? "here" : "outside")};
  return {what, host == here ? Standing::shared : Standing::own, host == here ? same : other};
}

}  // namespace

HostValues values_here(const std::vector<std::string>& paths) {
  HostValues out;
  utsname names{};
  uname(&names);
  out.release = names.release;
  out.hostname = names.nodename;
  out.boot_id = word_in("/proc/sys/kernel/random/boot_id");
  for (const auto& [kind, file] : files_of_namespaces)
    if (const std::string link = link_of("/proc/self/ns/" + file); !link.empty()) out.namespaces[kind] = link;
  out.root = identity("/");
  out.interfaces = interface_names();
  out.pid_max = std::atol(word_in("/proc/sys/kernel/pid_max").c_str());
  timespec up{}, now{};
  clock_gettime(CLOCK_BOOTTIME, &up);
  clock_gettime(CLOCK_REALTIME, &now);
  out.booted = now.tv_sec - up.tv_sec;
  out.mount_number = number_of_mount_namespace();
  for (const std::string& path : paths)
    if (const std::string file = identity(path.c_str()); !file.empty()) out.files[path] = file;
  return out;
}

nlohmann::json to_json(const HostValues& v) {
  return {{"host_values", 1},
          {"boot_id", v.boot_id},
          {"release", v.release},
          {"hostname", v.hostname},
          {"namespaces", v.namespaces},
          {"root", v.root},
          {"interfaces", v.interfaces},
          {"pid_max", v.pid_max},
          {"booted", v.booted},
          {"mount_number", v.mount_number},
          {"files", v.files}};
}

HostValues values_of(const std::string& text, const std::string& file) {
  try {
    const nlohmann::json all = nlohmann::json::parse(text);
    if (all.at("host_values") != 1) throw std::invalid_argument("of another version");
    return {.boot_id = all.at("boot_id"),
            .release = all.at("release"),
            .hostname = all.at("hostname"),
            .namespaces = all.at("namespaces"),
            .root = all.at("root"),
            .interfaces = all.at("interfaces"),
            .pid_max = all.at("pid_max"),
            .booted = all.at("booted"),
            .mount_number = all.at("mount_number"),
            .files = all.at("files")};
  } catch (const std::exception& e) {
    throw std::invalid_argument(
        file + ": expected what `escapement inside --host-values` writes on the host: " + e.what());
  }
}

std::vector<Likeness> compare(const HostValues& host, const HostValues& here) {
  std::vector<Likeness> out;
  out.push_back(likeness("kernel", host.boot_id, here.boot_id, "the host's: both read one boot_id",
                         "another: its boot_id is not the host's"));
  const bool one_kernel = out[0].standing != Standing::own;
  // A device and an inode, a number of a namespace: one kernel's, and no other's.
  out.push_back(likeness("root", host.root, one_kernel ? here.root : "another kernel's",
                         "the host's root directory", "a root of its own"));
  for (const auto& [kind, file] : files_of_namespaces) {
    const auto outside = host.namespaces.find(kind), inside = here.namespaces.find(kind);
    out.push_back(likeness(kind, outside == host.namespaces.end() ? "" : outside->second,
                           !one_kernel                       ? "another kernel's"
                           : inside == here.namespaces.end() ? ""
                                                             : inside->second,
                           "the host's namespace", "a namespace of its own"));
  }
  out.push_back(
      likeness("hostname", host.hostname, here.hostname, "the host's: " + here.hostname, here.hostname));
  std::string both, own;
  for (const std::string& name : here.interfaces) {
    const bool outside =
        std::find(host.interfaces.begin(), host.interfaces.end(), name) != host.interfaces.end();
    if (name != "lo") (outside ? both : own) += " " + name;
  }
  out.push_back({"interfaces", both.empty() ? Standing::own : Standing::shared,
                 both.empty() ? "none of the host's" + (own.empty() ? "" : ", but" + own)
                              : "named as the host's:" + both});
  return out;
}

Standing first_network(const std::string& proc) {
  if (access((proc + "/sys/net/core/somaxconn").c_str(), F_OK) != 0) return Standing::unknown;
  return access((proc + "/sys/net/core/bpf_jit_enable").c_str(), F_OK) == 0 ? Standing::shared
                                                                            : Standing::unknown;
}

Standings standings_of(const HostValues* host, const HostValues& here) {
  Standings out;
  if (host != nullptr) {
    for (const Likeness& each : compare(*host, here))
      if (files_of_namespaces.contains(each.what)) out[each.what] = each.standing;
    return out;
  }
  for (const auto& [kind, first] : first_of_its_kind)
    if (const auto found = here.namespaces.find(kind);
        found != here.namespaces.end() && found->second == first)
      out[kind] = Standing::shared;
  out["net"] = first_network();
  return out;
}

}  // namespace escapement::unwitnessed
