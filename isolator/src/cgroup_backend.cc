#include "cgroup_backend.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>

#include "cgroup_files.h"

namespace isolator::cgroup {

std::string in_pages(std::uint64_t bytes) {
  const auto page = std::uint64_t(::sysconf(_SC_PAGESIZE));
  return std::to_string(bytes / page * page);
}

void require_no_swap(const std::string& file) {
  const std::string swaps = read_file("/proc/swaps");
  if (std::count(swaps.begin(), swaps.end(), '\n') > 1)  // the first line is the heading
    fail(file, ENOENT, "this host has swap, but the kernel does not account it: boot with swapaccount=1");
}

Bandwidth bandwidth(double processors) {
  // The kernel's own default period; it takes no quota below 1 ms, and no period above 1 s
  // (kernel/sched/core.c).
  const double period = processors * 100'000 >= 1000 ? 100'000 : 1'000'000;
  const double quota = std::round(processors * period);
  if (!(quota >= 1000 && quota < 1e15)) fail("cpu", EINVAL, "0.001 is the least that the kernel can keep");
  return {std::to_string(std::uint64_t(quota)), std::to_string(std::uint64_t(period))};
}

void count_file(const std::string& path, const std::string& name, Counters& counters) {
  const std::optional<std::string> text = read_if_there(path);
  if (!text) return;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = next(rest, '\n');
    std::string key = name;
    if (line.find(' ') != line.npos) key += "." + std::string(next(line, ' '));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), value);
    if (error != std::errc() || end != line.data() + line.size())
      fail(path, EBADMSG, "not a number: " + std::string(line));
    counters[key] = value;
  }
}

}  // namespace isolator::cgroup
