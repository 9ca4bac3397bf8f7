#include <cerrno>
#include <initializer_list>

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
  if (!set_if_there(both, std::to_string(sum), in_pages(sum))) require_no_swap(both);

  // Inherited from the parent. With it a task that finds no memory sleeps until somebody kills it, instead of
  // being killed.
  const std::string oom = directory + "/memory.oom_control";
  if (!contains(read_file(oom), "oom_kill_disable 0", '\n')) {
    write_file(oom, "0");
    if (!contains(read_file(oom), "oom_kill_disable 0", '\n'))
      fail(oom, ERANGE, "the parent's oom_kill_disable cannot be undone");
  }
}

/// A counter of v1, and the name that v2 has for it. Several may make up one of v2.
struct Name {
  const char *v1, *v2;
  std::uint64_t divisor = 1;
};

constexpr Name names[] = {
    {"pids.events.max", "pids.events.max"},
    {"pids.peak", "pids.peak"},
    {"memory.oom_control.oom_kill", "memory.events.oom_kill"},
    {"memory.failcnt", "memory.events.max"},
    {"memory.memsw.failcnt", "memory.events.max"},
    {"memory.max_usage_in_bytes", "memory.peak"},
    {"cpu.stat.nr_periods", "cpu.stat.nr_periods"},
    {"cpu.stat.nr_throttled", "cpu.stat.nr_throttled"},
    {"cpu.stat.throttled_time", "cpu.stat.throttled_usec", 1000},
    {"cpuacct.usage", "cpu.stat.usage_usec", 1000},  // mostly mounted together with cpu
};

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
  limit_cpuset(directory, limits, false);
  limit_io(directory, limits, false);
  limit_devices(directory, limits, false);
}

void count(const std::string& directory, const Limits& limits, Counters& counters) {
  Counters found;
  const auto read = [&](bool limited, std::initializer_list<const char*> files) {
    for (const char* file : files)
      if (limited) count_file(directory + "/" + file, file, found);
  };
  read(limits.pids.has_value(), {"pids.events", "pids.peak"});
  read(limits.memory.has_value(),
       {"memory.oom_control", "memory.failcnt", "memory.memsw.failcnt", "memory.max_usage_in_bytes"});
  read(limits.cpu.has_value(), {"cpu.stat", "cpuacct.usage"});
  for (const Name& name : names)
    if (const auto it = found.find(name.v1); it != found.end())
      counters[name.v2] += it->second / name.divisor;

  // A charge is tried on memsw first (mm/memcontrol.c, try_charge_memcg), so that without swap only memsw
  // refuses, and newer kernels count refusals for memory alone (track_failcnt): 0 does not mean that there
  // was none.
  if (limits.memory && counters["memory.events.max"] == 0) counters.erase("memory.events.max");
}

}  // namespace isolator::cgroup::v1
