#include "cgroup_shares.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "cgroup_backend.h"
#include "cgroup_files.h"

namespace isolator::cgroup {

std::vector<Share> shares(const Limits& limits, const Tables& tables) {
  std::vector<Share> all;
  const auto share = [&](const char* controller) -> Limits& {
    Hierarchy found = find(tables, controller);
    const auto same = [&](const Share& one) { return one.hierarchy.own == found.own; };
    const auto it = std::find_if(all.begin(), all.end(), same);
    return it != all.end() ? it->limits : all.emplace_back(Share{std::move(found), {}}).limits;
  };
  if (limits.swap && !limits.memory) fail("swap", EINVAL, "a limit of swap needs one of memory");
  if (limits.pids) share("pids").pids = limits.pids;
  if (limits.memory) {
    Limits& part = share("memory");
    part.memory = limits.memory;
    part.swap = limits.swap;
  }
  if (limits.cpu) share("cpu").cpu = limits.cpu;
  if (!limits.cpus.empty() || !limits.mems.empty()) {
    Limits& part = share("cpuset");
    part.cpus = limits.cpus;
    part.mems = limits.mems;
  }
  if (limits.io_weight || !limits.io_max.empty()) {
    Limits& part = share("io");
    part.io_weight = limits.io_weight;
    for (Limits::Disk disk : limits.io_max) {
      disk.device = device_number(disk.device);  // now: a launch may no longer see the host's /dev
      part.io_max.push_back(disk);
    }
  }
  if (limits.devices) share("devices").devices = limits.devices;
  return all;
}

}  // namespace isolator::cgroup
