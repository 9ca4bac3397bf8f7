#include "host.h"

#include "kernel_settings.h"

#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <sstream>

namespace escapement {
namespace {

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// lsm_list_modules(2), Linux 6.8, by the LSM_ID_* of <linux/lsm.h>: Debian 12 has neither the header nor the
// number. It answers where securityfs is not mounted, as in most containers.
std::vector<std::string> lsm_by_syscall() {
  constexpr long number = 461;  // the same on every architecture
  constexpr std::array<const char*, 14> names{"capability", "selinux", "smack",     "tomoyo",   "apparmor",
                                              "yama",       "loadpin", "safesetid", "lockdown", "bpf",
                                              "landlock",   "ima",     "evm",       "ipe"};
  constexpr std::uint64_t first = 100;  // LSM_ID_CAPABILITY
  std::array<std::uint64_t, 64> ids{};
  std::uint32_t size = sizeof ids;
  long count = syscall(number, ids.data(), &size, 0u);
  std::vector<std::string> out;
  for (long i = 0; i < count; ++i) {
    std::uint64_t id = ids[static_cast<std::size_t>(i)];
    bool known = id >= first && id - first < names.size();
    out.push_back(known ? names[id - first] : "lsm-" + std::to_string(id));
  }
  return out;
}

}  // namespace

std::vector<std::string> comma_list(std::string_view text) {
  std::vector<std::string> out;
  std::istringstream words{std::string(text)};
  for (std::string word; std::getline(words, word, ',');)
    if (!word.empty()) out.push_back(word);
  return out;
}

std::string cgroup_mode(std::string_view mountinfo) {
  bool v1 = false, v2 = false;
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    // Optional fields end with a lone hyphen; the type of the file system comes next.
    std::size_t separator = line.find(" - ");
    if (separator == std::string::npos) continue;
    std::string type = line.substr(separator + 3);
    type = type.substr(0, type.find(' '));
    if (type == "cgroup") v1 = true;
    if (type == "cgroup2") v2 = true;
  }
  return v1 && v2 ? "hybrid" : v1 ? "v1" : v2 ? "v2" : "none";
}

bool is_guest_of_its_own(std::string_view command_line) {
  std::istringstream words{std::string(command_line)};
  for (std::string word; words >> word;)
    if (word == "escapement.guest") return true;
  return false;
}

bool is_guest_of_its_own() { return is_guest_of_its_own(read_file("/proc/cmdline")); }

Host this_host() {
  Host host;
  utsname names{};
  if (uname(&names) == 0) {
    host.kernel = names.release;
    host.machine = names.machine;
  }
  host.cgroup = cgroup_mode(read_file("/proc/self/mountinfo"));
  host.boot_id = first_line(read_file("/proc/sys/kernel/random/boot_id"));
  host.lsm = comma_list(first_line(read_file("/sys/kernel/security/lsm")));
  if (host.lsm.empty()) host.lsm = lsm_by_syscall();
  host.uid = getuid();
  host.sysctls = kernel_settings();
  return host;
}

}  // namespace escapement
