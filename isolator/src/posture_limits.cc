#include "posture_limits.h"

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
  const auto add = [&](const char* controller, const auto& read) {
    try {
      const cgroup::Hierarchy hierarchy = cgroup::find(tables, controller);
      std::string text = read(hierarchy.own + "/", hierarchy.v2);
      if (!text.empty()) out["limits." + std::string(controller)] = text;
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
}

}  // namespace isolator
