#include "orders.h"

#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>

namespace escapement::unwitnessed {
namespace {

// What an attack lacks where its witness is not there, by kind; with the reasons that a person reads
// together.
const std::map<std::string, std::string> planted_outside = {
    {"listener", "needs a socket outside to reach"},
    {"giver", "needs somebody outside who hands it a file"},
    {"uevent", "needs an interface that comes and goes outside"},
    {"ipc", "needs an object of IPC that was made outside"},
    {"terminal", "needs a terminal that somebody outside reads"},
    {"descriptor", "needs a descriptor that was left open outside"},
    {"variable", "needs a secret in the environment of who started the sandbox"},
    {"planted", "needs a file that was planted outside"},
    {"left", "needs somebody who looks when the sandbox is gone"},
    {"root", "needs a canary file outside"},
    {"victim", "needs a process outside to attack"},
    {"interface", "needs an interface that was made outside"},
    {"owner", "needs somebody outside who sees the owner of its file"},
    {"session", "who started the sandbox cannot be told from within"},
    {"outlives", "needs somebody who looks when the sandbox is gone"},
    {"processes", "uses up processes: how many there may be is not known from within"},
    {"memory", "uses up memory: how much there may be is not known from within"},
    {"processor", "uses up processors: how many there may be is not known from within"},
};
constexpr const char* without_host = "needs values of the host: --host FILE";

std::string kind_of(const std::string& witness) { return witness.substr(0, witness.find(' ')); }
std::string argument_of(const std::string& witness) {
  const std::size_t space = witness.find(' ');
  return space == std::string::npos ? "" : witness.substr(space + 1);
}

// "net:[4026531840]" or "23:45": what stands behind the colon, without brackets.
std::string number_behind(const std::string& text) {
  std::string out = text.substr(text.find(':') + 1);
  std::erase_if(out, [](char c) { return c < '0' || c > '9'; });
  return out;
}

// So that no module of the kernel is loaded for a probe, what is not seen to be loaded is not asked for: what
// the kernel always has alone, where /proc does not tell.
std::string loaded_families() {
  std::string netlink;
  std::ifstream file("/proc/net/netlink");
  std::string line, socket;
  std::getline(file, line);
  for (int protocol = 0, address = 0; std::getline(file, line);)
    if (std::istringstream{line} >> socket >> protocol >> address && address == 0 &&
        ("," + netlink + ",").find("," + std::to_string(protocol) + ",") == std::string::npos)
      netlink += (netlink.empty() ? "" : ",") + std::to_string(protocol);
  return "families=none netlink=" + (netlink.empty() ? "none" : netlink) + " diag=0";
}

Order namespace_order(const std::string& name, const HostValues* host, const HostValues& here,
                      const Standings& standings) {
  if (host != nullptr) {
    const auto found = host->namespaces.find(name);
    if (found == host->namespaces.end()) return {"", "this host has no " + name + " namespaces"};
    const auto standing = standings.find(name);
    // The same number may be another kernel's namespace.
    const bool shared = standing != standings.end() && standing->second == Standing::shared;
    return {"inode=" + (shared ? number_behind(found->second) : "0"), ""};
  }
  const auto standing = standings.find(name);
  const auto own = here.namespaces.find(name);
  if (standing == standings.end() || standing->second != Standing::shared || own == here.namespaces.end())
    return {"", without_host};
  return {"inode=" + number_behind(own->second), ""};
}

Order order_of(const std::string& witness, const HostValues* host, const HostValues& here,
               const Standings& standings) {
  const std::string kind = kind_of(witness), argument = argument_of(witness);
  if (const auto found = planted_outside.find(kind); found != planted_outside.end())
    return {"", found->second};
  if (kind == "families") return {loaded_families(), ""};
  if (kind == "namespace") return namespace_order(argument, host, here, standings);
  if (kind == "mount-namespace" || kind == "boottime" || kind == "file") {
    if (host == nullptr) return {"", without_host};
    if (host->boot_id.empty() || host->boot_id != here.boot_id)
      return {"", "the host's files and numbers mean nothing to another kernel"};
    if (kind == "boottime") return {"boottime=" + std::to_string(std::time(nullptr) - host->booted), ""};
    if (kind == "mount-namespace")
      return host->mount_number == 0 ? Order{"", "the host's mount namespace has no number"}
                                     : Order{"namespace=" + std::to_string(host->mount_number), ""};
    const auto file = host->files.find(argument);
    if (file == host->files.end()) return {"", "the host has no " + argument};
    if (argument.starts_with("/proc/")) return {"", "needs a handle that is taken outside"};
    const std::size_t colon = file->second.find(':');
    return {"path=" + argument + " device=" + file->second.substr(0, colon) +
                " inode=" + file->second.substr(colon + 1),
            ""};
  }
  // trace, status, limits, mountinfo, node, symbols, program, set-user-id, alone: they plant nothing, and the
  // probe itself sees whether it got through.
  static const std::vector<std::string> own_word = {"trace",   "status",  "limits",      "mountinfo", "node",
                                                    "symbols", "program", "set-user-id", "alone"};
  if (std::find(own_word.begin(), own_word.end(), kind) == own_word.end())
    return {"", "needs the witness " + kind + ", which is not known from within"};
  return {};
}

}  // namespace

Order order_for(const ProbeInfo& probe, const HostValues* host, const HostValues& here,
                const Standings& standings) {
  if (probe.description.value("only_in_guest", false)) return {"", "all of a machine would feel it"};
  if (probe.bundle) return {"", "it attacks who starts a sandbox, by its bundle"};
  std::string shared;
  for (const char* name : {"cgroup", "ipc", "mount", "net", "pid", "time", "user", "uts", "session"}) {
    const auto found = standings.find(name);
    // What is not known is told as shared, so that the probe does not take a pass for a refusal; word_of()
    // knows better.
    if (found == standings.end() || found->second != Standing::own)
      shared += (shared.empty() ? "" : ",") + std::string(name);
  }
  Order out{"shared=" + shared, ""};
  for (const std::string& witness : probe.witness) {
    const Order more = order_of(witness, host, here, standings);
    if (!more.left_out.empty()) return more;
    if (!more.text.empty()) out.text += " " + more.text;
  }
  return out;
}

std::vector<std::string> files_of(const std::vector<ProbeInfo>& probes) {
  std::vector<std::string> out;
  for (const ProbeInfo& probe : probes)
    for (const std::string& witness : probe.witness)
      if (kind_of(witness) == "file") out.push_back(argument_of(witness));
  return out;
}

}  // namespace escapement::unwitnessed
