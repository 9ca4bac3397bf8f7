#include "host_state.h"

#include <sys/utsname.h>
#include <time.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace escapement {
namespace {

namespace fs = std::filesystem;

// What probes open to write, and what others of its kind would be worth.
constexpr const char* settings[] = {
    "/proc/irq/default_smp_affinity",
    "/proc/sys/fs/file-max",
    "/proc/sys/fs/protected_hardlinks",
    "/proc/sys/fs/protected_symlinks",
    "/proc/sys/fs/suid_dumpable",
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/dmesg_restrict",
    "/proc/sys/kernel/hotplug",
    "/proc/sys/kernel/kptr_restrict",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/modules_disabled",
    "/proc/sys/kernel/panic",
    "/proc/sys/kernel/perf_event_paranoid",
    "/proc/sys/kernel/poweroff_cmd",
    "/proc/sys/kernel/printk",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/kernel/sysrq",
    "/proc/sys/kernel/unprivileged_bpf_disabled",
    "/proc/sys/kernel/usermodehelper/bset",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/user/max_user_namespaces",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu/online",
    "/sys/kernel/kexec_crash_loaded",
    "/sys/kernel/kexec_loaded",
    "/sys/kernel/mm/ksm/run",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/kernel/profiling",
    "/sys/kernel/uevent_helper",
};

void add_file(HostState& out, const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (file && std::getline(file, text, '\0')) out[path] = text.substr(0, text.find_last_not_of('\n') + 1);
}

/// The first word of each line.
std::string first_words(const std::string& path) {
  std::ifstream file(path);
  std::string out;
  for (std::string line, word; std::getline(file, line);)
    if (std::istringstream(line) >> word) out += (out.empty() ? "" : " ") + word;
  return out;
}

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

constexpr const char* clock_name = "clock, seconds at boot";

}  // namespace

HostState host_state() {
  HostState out;
  utsname names{};
  uname(&names);
  out["hostname"] = names.nodename;
  out["domainname"] = names.domainname;
  out[clock_name] = std::to_string(seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME));
  out["modules"] = first_words("/proc/modules");
  out["swap"] = first_words("/proc/swaps");
  for (const char* path : settings) add_file(out, path);
  std::error_code none;
  for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup", none))
    add_file(out, hierarchy.path() / "release_agent");
  return out;
}

std::vector<std::string> changes(const HostState& before, const HostState& after) {
  std::vector<std::string> out;
  for (const auto& [name, was] : before) {
    const auto found = after.find(name);
    const std::string is = found == after.end() ? "" : found->second;
    if (name == clock_name && std::abs(std::atof(was.c_str()) - std::atof(is.c_str())) < 1) continue;
    if (was != is) out.push_back(name + ": was " + was + ", is " + is);
  }
  for (const auto& [name, is] : after)
    if (!before.contains(name)) out.push_back(name + ": was not there, is " + is);
  return out;
}

}  // namespace escapement
