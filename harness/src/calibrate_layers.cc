#include "calibrate_layers.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace escapement {
namespace {

using isolator::Ns;

// The layer that a setting is about, by the beginning of its key. The first that fits.
constexpr std::pair<const char*, const char*> known[] = {
    {"namespaces.new-=", "namespace "},
    {"namespaces.monotonic", "time namespace"},
    {"namespaces.boottime", "time namespace"},
    {"identity.uid_map", "user namespace"},
    {"identity.gid_map", "user namespace"},
    {"identity.", "identity"},
    {"process.hostname", "uts namespace"},
    {"process.domainname", "uts namespace"},
    {"root.read_only=", "read-only root"},
    {"root.masked_paths", "masked paths"},
    {"root.read_only_paths", "read-only paths"},
    {"root.", "root"},
    {"capabilities", "capabilities"},
    {"seccomp", "seccomp"},
    {"process.inherit", "no inheritance"},
    {"process.no_new_privs", "no_new_privs"},
    {"process.new_session", "session"},
    {"process.new_keyring", "keyring"},
};

/// Of `key="value"` in an inline table.
std::string member(const std::string& setting, const std::string& key) {
  const std::size_t begin = setting.find(key + "=\"");
  if (begin == setting.npos) return "";
  const std::size_t value = begin + key.size() + 2;
  return setting.substr(value, setting.find('"', value) - value);
}

std::string layer_of(const std::string& setting) {
  if (setting.starts_with("mounts+=")) {
    const std::string type = member(setting, "type");
    return "absence of " + (type == "proc"    ? "/proc"
                            : type == "sysfs" ? "/sys"
                            : type == "bind"  ? "the host's " + member(setting, "source")
                                              : type);
  }
  for (const auto& [beginning, layer] : known) {
    if (!setting.starts_with(beginning)) continue;
    if (std::string_view(layer) == "namespace ") return setting.substr(setting.find("-=") + 2) + " namespace";
    return layer;
  }
  return setting.substr(0, setting.find_first_of("=+-"));  // "limits.pids", "rlimits.nproc", ...
}

constexpr std::pair<int, const char*> rlimits[] = {{RLIMIT_AS, "as"},
                                                   {RLIMIT_CORE, "core"},
                                                   {RLIMIT_CPU, "cpu"},
                                                   {RLIMIT_DATA, "data"},
                                                   {RLIMIT_FSIZE, "fsize"},
                                                   {RLIMIT_MEMLOCK, "memlock"},
                                                   {RLIMIT_MSGQUEUE, "msgqueue"},
                                                   {RLIMIT_NICE, "nice"},
                                                   {RLIMIT_NOFILE, "nofile"},
                                                   {RLIMIT_NPROC, "nproc"},
                                                   {RLIMIT_RTPRIO, "rtprio"},
                                                   {RLIMIT_SIGPENDING, "sigpending"},
                                                   {RLIMIT_STACK, "stack"}};

}  // namespace

std::vector<Layer> removable_layers(const isolator::Spec& spec) {
  std::vector<Layer> out;
  const auto layer = [&](bool there, std::string name, std::vector<std::string> settings) {
    if (there) out.push_back({std::move(name), std::move(settings)});
  };
  const auto ns = [&](Ns which, const std::string& name, std::vector<std::string> also = {}) {
    also.insert(also.begin(), "namespaces.new-=" + name);
    layer(has(spec.unshare, which), name + " namespace", also);
  };
  ns(Ns::user, "user", {"identity.uid_map=[]", "identity.gid_map=[]"});
  ns(Ns::pid, "pid");
  ns(Ns::net, "net");
  ns(Ns::ipc, "ipc");
  ns(Ns::uts, "uts", {"process.hostname=", "process.domainname="});
  ns(Ns::cgroup, "cgroup");
  ns(Ns::time, "time", {"namespaces.monotonic=0s", "namespaces.boottime=0s"});
  layer(spec.identity.uid.value_or(0) != 0, "identity", {"identity.uid=0", "identity.gid=0"});
  using Method = isolator::Root::Method;
  layer(spec.root.method == Method::pivot_root || spec.root.method == Method::move, "root",
        {"root.method=chroot"});
  layer(spec.root.read_only, "read-only root", {"root.read_only=false"});
  layer(!spec.root.masked_paths.empty(), "masked paths", {"root.masked_paths=[]"});
  layer(!spec.root.read_only_paths.empty(), "read-only paths", {"root.read_only_paths=[]"});
  layer(spec.capabilities.has_value(), "capabilities", {"capabilities.keep=[\"*\"]"});
  layer(spec.seccomp.has_value(), "seccomp", {"seccomp.mode=off"});
  const isolator::Inherit& inherit = spec.process.inherit;
  layer(!inherit.descriptors && !inherit.environment, "no inheritance",
        {"process.inherit=[\"descriptors\", \"environment\"]"});
  layer(spec.process.no_new_privs, "no_new_privs", {"process.no_new_privs=false"});
  layer(spec.process.new_session, "session", {"process.new_session=false"});
  layer(spec.process.new_keyring, "keyring", {"process.new_keyring=false"});
  layer(spec.limits.pids.has_value(), "limits.pids", {"limits.pids=max"});
  layer(spec.limits.memory.has_value(), "limits.memory", {"limits.memory=max"});
  layer(spec.limits.cpu.has_value(), "limits.cpu", {"limits.cpu=max"});
  for (const auto& [resource, name] : rlimits)
    layer(spec.process.rlimits.contains(resource), std::string("rlimits.") + name,
          {std::string("rlimits.") + name + "=inherit"});
  return out;
}

std::vector<Layer> by_layer(const std::vector<std::string>& opening) {
  std::vector<Layer> out;
  for (const std::string& setting : opening) {
    const std::string name = layer_of(setting);
    auto found = std::find_if(out.begin(), out.end(), [&](const Layer& each) { return each.name == name; });
    if (found == out.end()) found = out.insert(out.end(), {name, {}});
    found->settings.push_back(setting);
  }
  return out;
}

}  // namespace escapement
