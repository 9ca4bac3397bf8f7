#pragma once

#include "word.h"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace escapement::unwitnessed {

/// What tells one machine, and its first namespaces, from another: taken outside, and compared inside.
struct HostValues {
  std::string boot_id;  ///< of this start of this kernel: whoever reads the same shares it. random(4)
  std::string release, hostname;
  std::map<std::string, std::string> namespaces;  ///< "pid" -> "pid:[4026531836]"; namespaces(7)
  std::string root;                               ///< of the root directory, "DEVICE:INODE"
  std::vector<std::string> interfaces;
  long pid_max = 0;
  long booted = 0;                           ///< seconds since the epoch
  unsigned long mount_number = 0;            ///< of the mount namespace, since Linux 6.10; 0: it has none
  std::map<std::string, std::string> files;  ///< path -> "DEVICE:INODE", of those that an attack looks for
};

/// Of the machine and the namespaces that this process is in. `paths`: of which files.
HostValues values_here(const std::vector<std::string>& paths);

nlohmann::json to_json(const HostValues&);
/// Throws std::invalid_argument that says what was expected.
HostValues values_of(const std::string& text, const std::string& file);

/// One thing that is compared.
struct Likeness {
  std::string what;
  Standing standing = Standing::unknown;
  std::string text;  ///< for a person
};

/// The kernel, the root directory, the host name, the interfaces, and each namespace.
std::vector<Likeness> compare(const HostValues& host, const HostValues& here);

/// Of the namespaces, by comparing where there is a host to compare with; else by the numbers that the kernel
/// gives the first of each kind, which tell that it is the machine's first, and not that it is not the
/// host's.
Standings standings_of(const HostValues* host, const HostValues& here);

/// Is the network namespace the machine's first? Alone that has the settings of the compiler of filters
/// (net/core/sysctl_net_core.c). Unknown without /proc/sys.
Standing first_network(const std::string& proc = "/proc");

}  // namespace escapement::unwitnessed
