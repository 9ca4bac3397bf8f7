#include <cerrno>

#include "cgroup_backend.h"
#include "cgroup_files.h"

// Linux, Documentation/admin-guide/cgroup-v1/{memory,pids}.rst and Documentation/scheduler/sched-bwc.rst.

namespace isolator::cgroup::v1 {

namespace {

void limit_memory(const std::string& directory, std::uint64_t memory, std::uint64_t swap) {
  set(directory + "/memory.limit_in_bytes", std::to_string(memory), in_pages(memory));

  // memsw counts both, and may never be the lower of the two: hence after memory.
  const std::string both = directory + "/memory.memsw.limit_in_bytes";
  std::uint64_t sum;
  if (__builtin_add_overflow(memory, swap, &sum)) fail(both, EOVERFLOW);
  if (read_if_there(both))
    set(both, std::to_string(sum), in_pages(sum));
  else
    require_no_swap(both);

  // Inherited from the parent. With it a task that finds no memory sleeps until somebody kills it, instead of
  // being killed.
  const std::string oom = directory + "/memory.oom_control";
  if (!contains(read_file(oom), "oom_kill_disable 0", '\n')) {
    write_file(oom, "0");
    if (!contains(read_file(oom), "oom_kill_disable 0", '\n'))
      fail(oom, ERANGE, "the parent's oom_kill_disable cannot be undone");
  }
}

/// Adds what the kernel counts as `key` of `file`, divided, under a v2 name; several v1 counters may make up
/// one of v2.
void add(const std::string& directory, const std::string& file, const std::string& key,
         const std::string& name, Counters& counters, std::uint64_t divisor = 1) {
  Counters found;
  count_file(directory + "/" + file, file, found);
  const auto it = found.find(key.empty() ? file : file + "." + key);
  if (it != found.end()) counters[name] += it->second / divisor;
}

}  // namespace

void limit(const std::string& directory, const Limits& limits) {
  if (limits.pids) {
    const std::string number = std::to_string(*limits.pids);
    set(directory + "/pids.max", number, number);
  }
  if (limits.memory) limit_memory(directory, *limits.memory, limits.swap.value_or(0));
  if (limits.cpu) {
    const Bandwidth cpu = bandwidth(*limits.cpu);  // the quota is checked against the period: period first
    set(directory + "/cpu.cfs_period_us", cpu.period, cpu.period);
    set(directory + "/cpu.cfs_quota_us", cpu.quota, cpu.quota);
  }
}

void count(const std::string& directory, Counters& counters) {
  add(directory, "pids.events", "max", "pids.events.max", counters);
  add(directory, "pids.current", "", "pids.current", counters);
  add(directory, "pids.peak", "", "pids.peak", counters);
  add(directory, "memory.oom_control", "oom_kill", "memory.events.oom_kill", counters);
  // A charge is tried on memsw first (mm/memcontrol.c, try_charge_memcg), so that without swap only memsw
  // refuses, and newer kernels count refusals for memory alone (track_failcnt): 0 does not mean that there
  // was none.
  add(directory, "memory.failcnt", "", "memory.events.max", counters);
  add(directory, "memory.memsw.failcnt", "", "memory.events.max", counters);
  if (counters["memory.events.max"] == 0) counters.erase("memory.events.max");
  add(directory, "memory.usage_in_bytes", "", "memory.current", counters);
  add(directory, "memory.max_usage_in_bytes", "", "memory.peak", counters);
  add(directory, "cpu.stat", "nr_periods", "cpu.stat.nr_periods", counters);
  add(directory, "cpu.stat", "nr_throttled", "cpu.stat.nr_throttled", counters);
  add(directory, "cpu.stat", "throttled_time", "cpu.stat.throttled_usec", counters, 1000);
  add(directory, "cpuacct.usage", "", "cpu.stat.usage_usec", counters,
      1000);  // only where mounted together with cpu
}

}  // namespace isolator::cgroup::v1
