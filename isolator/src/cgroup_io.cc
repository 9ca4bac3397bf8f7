#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <sstream>

#include "cgroup_backend.h"
#include "cgroup_files.h"

// Linux, Documentation/admin-guide/cgroup-v1/blkio-controller.rst, cgroup-v2.rst and
// Documentation/block/bfq-iosched.rst.

namespace isolator::cgroup {

namespace {

struct Kind {
  const char *v2, *v1;
  std::optional<std::uint64_t> Limits::Disk::*value;
};
constexpr Kind kinds[] = {
    {"rbps", "/blkio.throttle.read_bps_device", &Limits::Disk::rbps},
    {"wbps", "/blkio.throttle.write_bps_device", &Limits::Disk::wbps},
    {"riops", "/blkio.throttle.read_iops_device", &Limits::Disk::riops},
    {"wiops", "/blkio.throttle.write_iops_device", &Limits::Disk::wiops},
};

constexpr const char* whole_disk =
    "there is no such disk, or it is a part of one: limits are kept for a whole disk";

void limit_disk(const std::string& directory, const Limits::Disk& disk, bool v2) {
  const std::string& number = disk.device;
  std::string line = number;
  for (const Kind& kind : kinds) {
    const std::optional<std::uint64_t>& value = disk.*kind.value;
    line += std::string(" ") + kind.v2 + "=" + (value ? std::to_string(*value) : "max");
    if (v2 || !value) continue;
    const std::string text = number + " " + std::to_string(*value);
    set_line(directory + kind.v1, text, text, whole_disk);
  }
  if (v2) set_line(directory + "/io.max", line, line, whole_disk);
}

/// Two schedulers keep a weight: iocost, and bfq for the disks that use it. Both take the same scale up to
/// 1000.
void limit_weight(const std::string& directory, unsigned weight, bool v2) {
  const std::string text = std::to_string(weight),
                    first = directory + (v2 ? "/io.weight" : "/blkio.bfq.weight");
  bool kept = set_if_there(first, text, v2 ? "default " + text : text);
  if (v2) kept |= set_if_there(directory + "/io.bfq.weight", text, "default " + text);
  if (!kept) fail(first, ENOENT, "this kernel keeps no weights of cgroups: modprobe bfq");
}

using Lines = std::map<std::string, std::map<std::string, std::string>>;  // device -> kind -> value

std::string joined(const Lines& lines) {
  std::string out;
  for (const auto& [device, limits] : lines) {
    std::string line;
    for (const Kind& kind : kinds)
      if (const auto found = limits.find(kind.v2); found != limits.end() && found->second != "max")
        line += std::string(" ") + kind.v2 + "=" + found->second;
    if (!line.empty()) out += (out.empty() ? "" : ", ") + device + line;
  }
  return out.empty() ? "max" : out;
}

}  // namespace

std::string device_number(const std::string& device) {
  if (!device.starts_with('/')) return device;
  struct stat st;
  if (::stat(device.c_str(), &st) != 0) fail(device, errno);
  if (!S_ISBLK(st.st_mode)) fail(device, ENOTBLK, "expected a block device");
  return std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
}

void limit_io(const std::string& directory, const Limits& limits, bool v2) {
  for (const Limits::Disk& disk : limits.io_max) limit_disk(directory, disk, v2);
  if (limits.io_weight) limit_weight(directory, *limits.io_weight, v2);
}

std::string io_max_text(const Limits& limits) {
  Lines lines;
  for (const Limits::Disk& disk : limits.io_max)
    for (const Kind& kind : kinds)
      if (const auto& value = disk.*kind.value)
        lines[device_number(disk.device)][kind.v2] = std::to_string(*value);
  return joined(lines);
}

std::string io_max_text(const std::string& directory, bool v2) {
  Lines lines;
  const auto each_line = [&](const std::string& file, const auto& read) {
    std::istringstream in(read_if_there(directory + file).value_or(""));
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::string device;
      words >> device;
      for (std::string word; words >> word;) read(device, word);
    }
  };
  if (v2)
    each_line("/io.max", [&](const std::string& device, const std::string& word) {
      const std::size_t equals = word.find('=');
      if (equals != std::string::npos) lines[device][word.substr(0, equals)] = word.substr(equals + 1);
    });
  else
    for (const Kind& kind : kinds)
      each_line(kind.v1,
                [&](const std::string& device, const std::string& word) { lines[device][kind.v2] = word; });
  return joined(lines);
}

}  // namespace isolator::cgroup
