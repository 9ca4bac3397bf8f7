#include "kernel_settings.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <sstream>

namespace escapement {
namespace {

/// Which of two values lets less through.
enum class Order {
  rising,     ///< the larger one
  falling,    ///< the smaller one
  zero,       ///< 0, and all others alike: they are sizes, which differ from machine to machine
  two_first,  ///< 1, then 2, then 0: what 1 refuses for good, 2 refuses until root says otherwise
  dump,       ///< 0, then 2, then 1; fs.suid_dumpable of proc_sys_fs(5)
  range,      ///< the one with fewer groups between its two numbers
};

/// What it says of a kernel that it does not have the setting.
enum class Missing {
  open,     ///< that nobody is refused: the setting came with the refusal
  unclear,  ///< nothing: the kernel may lack what is refused, or not show the setting to this user
};

struct Setting {
  const char* name;
  Order order;
  Missing missing;
};

// sysctl documentation of the kernel, admin-guide/sysctl; those of Ubuntu and Debian are patches of theirs.
constexpr std::array settings{
    Setting{"dev.tty.ldisc_autoload", Order::falling, Missing::unclear},
    Setting{"dev.tty.legacy_tiocsti", Order::falling, Missing::open},
    Setting{"fs.protected_fifos", Order::rising, Missing::unclear},
    Setting{"fs.protected_hardlinks", Order::rising, Missing::unclear},
    Setting{"fs.protected_regular", Order::rising, Missing::unclear},
    Setting{"fs.protected_symlinks", Order::rising, Missing::unclear},
    Setting{"fs.suid_dumpable", Order::dump, Missing::unclear},
    Setting{"kernel.apparmor_restrict_unprivileged_io_uring", Order::rising, Missing::unclear},
    Setting{"kernel.apparmor_restrict_unprivileged_unconfined", Order::rising, Missing::unclear},
    Setting{"kernel.apparmor_restrict_unprivileged_userns", Order::rising, Missing::unclear},
    Setting{"kernel.dmesg_restrict", Order::rising, Missing::unclear},
    Setting{"kernel.io_uring_disabled", Order::rising, Missing::open},
    Setting{"kernel.kexec_load_disabled", Order::rising, Missing::unclear},
    Setting{"kernel.kptr_restrict", Order::rising, Missing::unclear},
    Setting{"kernel.modules_disabled", Order::rising, Missing::unclear},
    Setting{"kernel.perf_event_paranoid", Order::rising, Missing::unclear},
    Setting{"kernel.randomize_va_space", Order::rising, Missing::unclear},
    Setting{"kernel.unprivileged_bpf_disabled", Order::two_first, Missing::unclear},
    Setting{"kernel.unprivileged_userns_clone", Order::falling, Missing::open},
    Setting{"kernel.yama.ptrace_scope", Order::rising, Missing::open},
    Setting{"net.core.bpf_jit_harden", Order::rising, Missing::unclear},
    Setting{"net.ipv4.ip_unprivileged_port_start", Order::rising, Missing::unclear},
    Setting{"net.ipv4.ping_group_range", Order::range, Missing::unclear},
    Setting{"user.max_user_namespaces", Order::zero, Missing::unclear},
    Setting{"vm.mmap_min_addr", Order::rising, Missing::unclear},
    Setting{"vm.unprivileged_userfaultfd", Order::falling, Missing::unclear},
};

/// The words of the value with one blank between them: the kernel puts tabs there.
std::string read_value(const std::string& path) {
  std::ifstream file(path);
  std::string out;
  for (std::string word; file >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::optional<long> number(const std::string& text) {
  std::istringstream in(text);
  long value = 0;
  std::string rest;
  if (!(in >> value) || in >> rest) return std::nullopt;
  return value;
}

/// How many groups; "1 0", where the first is the larger one, is none.
std::optional<long> groups(const std::string& text) {
  std::istringstream in(text);
  long first = 0, last = 0;
  if (!(in >> first >> last)) return std::nullopt;
  return std::max(0L, last - first + 1);
}

/// The larger, the less is let through; only to be compared with another of the same setting.
std::optional<long> strictness(Order order, const std::string& value) {
  const std::optional<long> n = order == Order::range ? groups(value) : number(value);
  if (!n) return std::nullopt;
  switch (order) {
    case Order::rising:
      return *n;
    case Order::falling:
    case Order::range:
      return -*n;
    case Order::zero:
      return *n == 0;
    case Order::two_first:
      return *n == 1 ? 2 : *n == 2 ? 1 : 0;
    case Order::dump:
      return *n == 0 ? 2 : *n == 2 ? 1 : 0;
  }
  return std::nullopt;
}

/// The value that stands for a setting that is not there.
std::string loosest(Order order) { return order == Order::falling ? "1" : "0"; }

}  // namespace

std::map<std::string, std::string> kernel_settings(const std::string& directory) {
  std::map<std::string, std::string> out;
  for (const Setting& setting : settings) {
    std::string path = setting.name;
    std::replace(path.begin(), path.end(), '.', '/');
    std::string value = read_value(directory + "/" + path);
    if (!value.empty()) out.emplace(setting.name, std::move(value));
  }
  return out;
}

Shift shift(const std::string& name, const std::string& was, const std::string& is) {
  if (was == is) return Shift::same;
  const auto* setting =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.name == name; });
  if (setting == settings.end()) return Shift::unclear;
  if (setting->missing == Missing::unclear && (was.empty() || is.empty())) return Shift::unclear;
  const auto strict = [&](const std::string& value) {
    return strictness(setting->order, value.empty() ? loosest(setting->order) : value);
  };
  const std::optional<long> before = strict(was), after = strict(is);
  if (!before || !after) return Shift::unclear;
  return *after < *before ? Shift::looser : *after > *before ? Shift::tighter : Shift::same;
}

}  // namespace escapement
