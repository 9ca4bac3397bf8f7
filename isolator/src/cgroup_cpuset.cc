#include <cerrno>
#include <filesystem>

#include "cgroup_backend.h"
#include "cgroup_files.h"
#include "units.h"

// cpuset(7), of v1, and Linux, Documentation/admin-guide/cgroup-v2.rst.

namespace isolator::cgroup {

namespace {

void place(const std::string& directory, const std::string& kind, const std::vector<unsigned>& numbers,
           bool v2) {
  const std::string file = directory + "/cpuset." + kind;
  std::string text = list_text(numbers);
  const std::string parent = std::filesystem::path(directory).parent_path();
  const std::string above = read_file(parent + (v2 ? "/cpuset." + kind + ".effective" : "/cpuset." + kind));
  if (numbers.empty()) {
    if (v2) return;                            // as the parent's
    text = above.substr(0, above.find('\n'));  // v1 lets nobody in while one of the two is empty
  }
  set_line(file, text, text, "the caller's are " + above.substr(0, above.find('\n')));
  if (numbers.empty()) return;
  // v2 takes any number, and uses the parent's where none of them can be had; v1 those that are offline.
  const std::string used = directory + (v2 ? "/cpuset." + kind + ".effective" : "/cpuset.effective_" + kind);
  const std::string effective = read_file(used);
  if (effective != text + "\n")
    fail(used, ERANGE,
         "wrote " + text + ", but the kernel uses " + effective.substr(0, effective.find('\n')));
}

}  // namespace

void limit_cpuset(const std::string& directory, const Limits& limits, bool v2) {
  if (limits.cpus.empty() && limits.mems.empty()) return;
  place(directory, "cpus", limits.cpus, v2);
  place(directory, "mems", limits.mems, v2);
}

}  // namespace isolator::cgroup
