#include "posture_limits.h"

#include "cgroup_backend.h"
#include "cgroup_files.h"
#include "posture_words.h"

#include <isolator/error.h>

#include <limits>
#include <sstream>

namespace isolator {
namespace {

// The most that a counter of pages can hold (PAGE_COUNTER_MAX), in bytes.
const std::string v1_without_limit = std::to_string(std::numeric_limits<std::int64_t>::max() / 4096 * 4096);

}  // namespace

void observe_limits(const cgroup::Tables& tables, Posture& out) {
  const auto add = [&](const char* controller, const auto& read, const char* file = "") {
    try {
      const cgroup::Hierarchy hierarchy = cgroup::find(tables, controller);
      std::string text = read(hierarchy.own + "/", hierarchy.v2);
      if (!text.empty()) out["limits." + std::string(controller) + file] = text;
    } catch (const Error&) {  // no such controller here, or not in sight
    }
  };
  const auto line = [](const std::string& path) {
    std::string text = cgroup::read_if_there(path).value_or("");
    if (text.ends_with('\n')) text.pop_back();
    return text;
  };
  add("pids", [&](const std::string& group, bool) { return line(group + "pids.max"); });
  add("memory", [&](const std::string& group, bool v2) {
    const std::string bytes = line(group + (v2 ? "memory.max" : "memory.limit_in_bytes"));
    return bytes == v1_without_limit ? "max" : bytes;
  });
  add("cpu", [&](const std::string& group, bool v2) {
    const std::string both = v2 ? line(group + "cpu.max")
                                : line(group + "cpu.cfs_quota_us") + " " + line(group + "cpu.cfs_period_us");
    double quota = 0, period = 0;
    std::istringstream numbers(both);
    return numbers >> quota >> period && quota > 0 ? words::cpu_limit(quota / period) : std::string("max");
  });
  add(
      "cpuset", [&](const std::string& group, bool) { return line(group + "cpuset.cpus"); }, ".cpus");
  add(
      "cpuset", [&](const std::string& group, bool) { return line(group + "cpuset.mems"); }, ".mems");
  add(
      "io", [&](const std::string& group, bool v2) { return cgroup::io_max_text(group, v2); }, ".max");
  add(
      "io",
      [&](const std::string& group, bool v2) {
        std::string weight = line(group + (v2 ? "io.weight" : "blkio.bfq.weight"));
        if (weight.empty() && v2) weight = line(group + "io.bfq.weight");
        weight = weight.substr(0, weight.find('\n'));
        return weight.starts_with("default ") ? weight.substr(8) : weight;
      },
      ".weight");
  add("devices", [&](const std::string& group, bool v2) { return cgroup::devices_text(group, v2); });
}

}  // namespace isolator
