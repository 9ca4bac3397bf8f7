// Which families of sockets the kernel has loaded: to ask it for another would make it load a module, and so
// change the host. Each that is ever asked for here is one that no module is loaded for any more.

#include "witness.h"

#include <sys/socket.h>
#include <sys/utsname.h>

#include <fstream>
#include <set>
#include <sstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;

// What /proc/net/protocols calls them. Families that ask for a module for each of their protocols are not
// among them.
const std::map<std::string, int> families = {
    {"ALG", AF_ALG},         {"AF_VSOCK", AF_VSOCK}, {"PACKET", AF_PACKET}, {"XDP", AF_XDP},
    {"TIPC", AF_TIPC},       {"RDS", AF_RDS},        {"KEY", AF_KEY},       {"KCM", AF_KCM},
    {"QIPCRTR", AF_QIPCRTR}, {"MCTP", AF_MCTP},      {"LLC", AF_LLC},       {"SMC", AF_SMC},
};

std::string join(const std::set<int>& numbers) {
  std::string out;
  for (const int number : numbers) out += (out.empty() ? "" : ",") + std::to_string(number);
  return out.empty() ? "none" : out;
}

std::set<int> loaded_families() {
  std::set<int> out;
  std::ifstream file("/proc/net/protocols");
  for (std::string line, name; std::getline(file, line);)
    if (std::istringstream{line} >> name && families.contains(name)) out.insert(families.at(name));
  return out;
}

/// Protocols of netlink(7): each has a socket of the kernel's own, with the address 0.
std::set<int> loaded_netlink() {
  std::set<int> out;
  std::ifstream file("/proc/net/netlink");
  std::string line, socket;
  std::getline(file, line);  // the names of the columns
  for (int protocol = 0, address = 0; std::getline(file, line);)
    if (std::istringstream{line} >> socket >> protocol >> address && address == 0) out.insert(protocol);
  return out;
}

/// Would the kernel list sockets without loading a module for it? One without modules loads none.
bool lists_sockets() {
  std::ifstream loaded("/proc/modules");
  if (!loaded) return true;
  utsname names{};
  uname(&names);
  std::ifstream built_in(std::string("/lib/modules/") + names.release + "/modules.builtin");
  for (std::ifstream* file : {&loaded, &built_in})
    for (std::string line; std::getline(*file, line);)
      if (line.find("tcp_diag") != line.npos) return true;
  return false;
}

class FamiliesWitness : public Witness {
 public:
  Planted plant(const Inside&) override {
    return {.order = "families=" + join(loaded_families()) + " netlink=" + join(loaded_netlink()) +
                     " diag=" + (lists_sockets() ? "1" : "0"),
            .not_planted = ""};
  }
  // The calls themselves are seen by another.
  Observation observe(const Record&) override { return {Finding::unchanged, ""}; }
  Observation observe_after(const Record&, const std::map<std::string, std::uint64_t>&) override {
    return {Finding::unchanged, ""};
  }
};

}  // namespace

std::unique_ptr<Witness> families_witness() { return std::make_unique<FamiliesWitness>(); }

}  // namespace escapement
