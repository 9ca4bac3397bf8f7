#include "signs.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>

namespace escapement::unwitnessed {
namespace {

const std::string& file(const Facts& facts, const std::string& path) {
  static const std::string none;
  const auto found = facts.files.find(path);
  return found == facts.files.end() ? none : found->second;
}

// The rest of the line that begins with `key`, without blanks.
std::string field(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(key)) {
      const std::size_t begin = line.find_first_not_of(" \t", key.size());
      return begin == std::string::npos ? "" : line.substr(begin, line.find_last_not_of(" \t\n") - begin + 1);
    }
  return "";
}

std::string one_line(std::string text) {
  std::istringstream words(text);
  std::string out, word;
  while (words >> word) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string squeezed(const std::string& text, std::size_t most = 90) {
  const std::string out = one_line(text);
  return out.size() <= most ? out : out.substr(0, most - 3) + "...";
}

int number_of_bits(const std::string& hexadecimal) {
  return __builtin_popcountll(std::strtoull(hexadecimal.c_str(), nullptr, 16));
}

void add_container(const Facts& f, std::vector<Sign>& out) {
  const auto add = [&](const std::string& where, const std::string& says, bool weak = false) {
    out.push_back({Kind::container, where, says, weak});
  };
  if (!f.root_is_a_mount) add("statx(\"/\")", "nothing is mounted on the root directory: chroot(2)");
  if (!f.has_proc) add("/proc", "is not mounted");
  if (const std::string map = one_line(file(f, "/proc/self/uid_map"));
      !map.empty() && map != "0 0 4294967295")
    add("/proc/self/uid_map", squeezed(map) + ": a user namespace that has not all users");
  const std::string& status = file(f, "/proc/self/status");
  if (f.filtered) add("prctl(PR_GET_SECCOMP)", "a filter of system calls is there");
  if (field(status, "NoNewPrivs:") == "1")
    add("/proc/self/status", "NoNewPrivs 1: no program gives rights", true);
  const std::string last = one_line(file(f, "/proc/sys/kernel/cap_last_cap")),
                    bounding = field(status, "CapBnd:");
  if (!last.empty() && !bounding.empty())
    if (const int lacks = std::atoi(last.c_str()) + 1 - number_of_bits(bounding); lacks > 0)
      add("/proc/self/status",
          "CapBnd lacks " + std::to_string(lacks) + (lacks == 1 ? " capability" : " capabilities"),
          lacks < 5);
  for (const char* path : {"/.dockerenv", "/run/.containerenv"})
    if (f.files.contains(path))
      add(path, "is there: an engine has made this root, or an image that it was copied from", true);
  if (!f.container.empty()) add("environment", "container=" + squeezed(f.container));
  std::istringstream mounts(file(f, "/proc/self/mountinfo"));
  std::string root;  // the last mount on "/" is the one that is seen; proc_pid_mountinfo(5)
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5 && words >> word; ++i) continue;
    if (const std::size_t dash = line.find(" - "); word == "/" && dash != std::string::npos)
      root = line.substr(dash + 3, line.find(' ', dash + 3) - dash - 3);
  }
  if (root == "overlay" || root == "tmpfs") add("/proc/self/mountinfo", "the root is of type " + root);
  const std::string groups = file(f, "/proc/self/cgroup");
  for (const char* engine : {"docker", "kubepods", "libpod", "lxc", "machine.slice"})
    if (groups.find(engine) != std::string::npos) add("/proc/self/cgroup", std::string("names ") + engine);
  std::string others;
  for (const auto& [kind, first] : std::map<std::string, std::string>{{"ipc", "ipc:[4026531839]"},
                                                                      {"uts", "uts:[4026531838]"},
                                                                      {"user", "user:[4026531837]"},
                                                                      {"pid", "pid:[4026531836]"},
                                                                      {"cgroup", "cgroup:[4026531835]"}})
    if (const auto own = f.namespaces.find(kind); own != f.namespaces.end() && own->second != first)
      others += (others.empty() ? "" : ", ") + kind;
  if (!others.empty()) add("/proc/self/ns", "not the machine's first: " + others);
}

void add_user_space_kernel(const Facts& f, std::vector<Sign>& out) {
  const auto add = [&](const std::string& where, const std::string& says) {
    out.push_back({Kind::user_space_kernel, where, says});
  };
  // What gVisor says of itself is fixed in its source: pkg/sentry/fsimpl/proc and
  // pkg/sentry/kernel/syslog.go.
  if (file(f, "/proc/version").find("Sun Jan 10 15:06:54 PST 2016") != std::string::npos)
    add("/proc/version", squeezed(file(f, "/proc/version")) + ": gVisor's");
  if (f.log_names_gvisor) add("syslog(2)", "the kernel's log says \"Starting gVisor...\"");
  // A filter may answer for the kernel, so without one alone.
  if (!f.filtered) {
    std::string lacks;
    for (const auto& [call, error] : f.calls)
      if (error == ENOSYS) lacks += (lacks.empty() ? "" : ", ") + call;
    if (!lacks.empty()) add("ENOSYS", "it lacks calls that every Linux has: " + lacks);
  }
  if (f.has_proc && !f.files.contains("/proc/kallsyms") && !f.files.contains("/proc/modules") &&
      !f.files.contains("/proc/kmsg"))
    add("/proc", "has no kallsyms, no modules and no kmsg");
  const int major = std::atoi(f.release.c_str());
  if (const auto newer = f.calls.find("statx"); newer != f.calls.end() && newer->second != ENOSYS &&
                                                major > 0 && (major < 4 || f.release.starts_with("4.4.")))
    add("uname(2)", f.release + ", which is older than statx(2), which works");
}

void add_virtual_machine(const Facts& f, std::vector<Sign>& out) {
  const auto add = [&](const std::string& where, const std::string& says) {
    out.push_back({Kind::virtual_machine, where, says});
  };
  if (!f.hypervisor.empty()) add("CPUID", "the processor names its hypervisor: " + squeezed(f.hypervisor));
  static const std::vector<std::string> makers = {"QEMU",       "KVM",        "VMware",
                                                  "VirtualBox", "innotek",    "Xen",
                                                  "Bochs",      "Parallels",  "Microsoft Corporation",
                                                  "Amazon EC2", "Google",     "OpenStack",
                                                  "BHYVE",      "Firecracker"};
  for (const char* name : {"sys_vendor", "product_name", "bios_vendor"}) {
    const std::string text = one_line(file(f, std::string("/sys/class/dmi/id/") + name));
    for (const std::string& maker : makers)
      if (text.find(maker) != std::string::npos) {
        add(std::string("/sys/class/dmi/id/") + name, squeezed(text));
        break;
      }
  }
  if (const std::string type = one_line(file(f, "/sys/hypervisor/type")); !type.empty())
    add("/sys/hypervisor/type", type);
  const std::string clock =
      one_line(file(f, "/sys/devices/system/clocksource/clocksource0/current_clocksource"));
  for (const char* virtual_clock : {"kvm-clock", "xen", "hyperv_clocksource"})
    if (clock.starts_with(virtual_clock)) add("clocksource", clock);
  if (f.files.contains("/sys/bus/virtio/devices/virtio0"))
    add("/sys/bus/virtio", "has devices, which a hypervisor makes");
}

std::string name_of_hypervisor(const std::string& vendor) {
  for (const auto& [word, name] : std::map<std::string, std::string>{{"KVMKVMKVM", "KVM"},
                                                                     {"TCGTCGTCGTCG", "QEMU"},
                                                                     {"Microsoft Hv", "Hyper-V"},
                                                                     {"VMwareVMware", "VMware"},
                                                                     {"XenVMMXenVMM", "Xen"},
                                                                     {"VBoxVBoxVBox", "VirtualBox"},
                                                                     {"bhyve bhyve ", "bhyve"}})
    if (vendor.starts_with(word)) return name;
  return "";
}

// Of what one kernel has for several: a root or a namespace that is not the host's.
bool something_is_own(const std::vector<Likeness>& comparison) {
  return std::any_of(comparison.begin(), comparison.end(), [](const Likeness& each) {
    return each.standing == Standing::own && each.what != "hostname" && each.what != "interfaces";
  });
}

std::string name_of_container(const Facts& f) {
  if (!f.container.empty()) return f.container;
  if (f.files.contains("/.dockerenv")) return "docker";
  if (f.files.contains("/run/.containerenv")) return "podman";
  return "";
}

}  // namespace

std::vector<Sign> signs_of(const Facts& facts) {
  std::vector<Sign> out;
  add_container(facts, out);
  add_user_space_kernel(facts, out);
  add_virtual_machine(facts, out);
  return out;
}

Boundary boundary_of(const Facts& facts, const std::vector<Likeness>& comparison) {
  Boundary out{.kind = "none seen", .name = "", .text = "", .signs = signs_of(facts)};
  const auto count = [&](Kind kind) {
    return std::count_if(out.signs.begin(), out.signs.end(),
                         [&](const Sign& sign) { return sign.of == kind && !sign.weak; });
  };
  const auto kernel = std::find_if(comparison.begin(), comparison.end(),
                                   [](const Likeness& each) { return each.what == "kernel"; });
  const bool compared = kernel != comparison.end() && kernel->standing != Standing::unknown;
  const bool one_kernel = compared && kernel->standing == Standing::shared;
  const std::string hypervisor = name_of_hypervisor(facts.hypervisor);
  const std::string machine = count(Kind::virtual_machine) == 0
                                  ? ""
                                  : "a virtual machine" + (hypervisor.empty() ? "" : " of " + hypervisor);
  if (count(Kind::user_space_kernel) >= 2) {
    out.kind = "user-space kernel";
    out.name = "gVisor";
    out.text = "the calls of this process are answered by a kernel that is itself a process of the host";
  } else if (compared && !one_kernel) {
    out.kind = "virtual machine";
    out.name = hypervisor;
    out.text = "a kernel that is not the host's: whoever breaks it is still in " +
               (machine.empty() ? "a machine of its own" : machine);
  } else if (count(Kind::container) > 0 || (one_kernel && something_is_own(comparison))) {
    out.kind = "container";
    out.name = !facts.root_is_a_mount && count(Kind::container) == 1 ? "chroot" : name_of_container(facts);
    out.text = "the kernel is shared with all that runs outside: a fault of it is a way out" +
               (machine.empty() ? ""
                : one_kernel    ? "; the host is " + machine
                                : "; that kernel runs in " + machine);
  } else if (!one_kernel && !machine.empty()) {
    out.kind = "virtual machine";
    out.name = hypervisor;
    out.text = "nothing is seen between this process and its kernel, which is that of " + machine;
  } else {
    out.text = "nothing is seen between this process and the host" +
               (machine.empty() ? "" : ", which is " + machine);
  }
  return out;
}

}  // namespace escapement::unwitnessed
