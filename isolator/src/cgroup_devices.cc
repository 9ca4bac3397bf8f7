#include <algorithm>
#include <cerrno>
#include <map>
#include <sstream>

#include "cgroup_backend.h"
#include "cgroup_device_filter.h"
#include "cgroup_files.h"

// Linux, Documentation/admin-guide/cgroup-v1/devices.rst.

namespace isolator::cgroup {

namespace {

std::string number(const std::optional<std::uint32_t>& value) { return value ? std::to_string(*value) : "*"; }

/// "c 1:3" and " rwm", as v1 writes and reads them.
std::string node(const Limits::Device& device) {
  return std::string(1, device.type) + " " + number(device.major) + ":" + number(device.minor);
}
std::string access(const Limits::Device& device) {
  return std::string(" ") + (device.read ? "r" : "") + (device.write ? "w" : "") + (device.mknod ? "m" : "");
}

/// Each node once, as the kernel adds up what is allowed.
std::vector<Limits::Device> merged(const std::vector<Limits::Device>& devices) {
  std::map<std::string, Limits::Device> by_node;
  for (const Limits::Device& device : devices) {
    Limits::Device& one = by_node.try_emplace(node(device), device).first->second;
    one.read |= device.read;
    one.write |= device.write;
    one.mknod |= device.mknod;
  }
  std::vector<Limits::Device> out;
  for (const auto& [name, device] : by_node) out.push_back(device);
  return out;
}

std::string v1_text(const std::string& directory) {
  std::vector<std::string> lines;
  std::istringstream in(read_file(directory + "/devices.list"));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += (out.empty() ? "" : ", ") + line;
  return out == "a *:* rwm" ? "all" : out.empty() ? "none" : out;
}

}  // namespace

void limit_devices(const std::string& directory, const Limits& limits, bool v2) {
  if (!limits.devices) return;
  if (v2) return attach_filter(directory, merged(*limits.devices));
  write_file(directory + "/devices.deny", "a");
  for (const Limits::Device& device : merged(*limits.devices))
    write_file(directory + "/devices.allow", node(device) + access(device),
               node(device) + access(device) + " is not allowed to the caller's own cgroup");
  if (v1_text(directory) != devices_text(*limits.devices))
    fail(directory + "/devices.list", ERANGE,
         "wrote " + devices_text(*limits.devices) + ", but the kernel keeps " + v1_text(directory));
}

std::string devices_text(const std::vector<Limits::Device>& devices) {
  std::string out;
  for (const Limits::Device& device : merged(devices))
    out += (out.empty() ? "" : ", ") + node(device) + access(device);
  return out.empty() ? "none" : out;
}

std::string devices_text(const std::string& directory, bool v2) {
  if (!v2) return v1_text(directory);
  const std::vector<std::vector<bpf_insn>> programs = attached_filters(directory);
  if (programs.empty()) return "all";
  const auto devices = programs.size() == 1 ? disassemble(programs[0]) : std::nullopt;
  return devices ? devices_text(*devices) : "another program";
}

}  // namespace isolator::cgroup
