// [limits], [limits.cpuset] and [limits.io]

#include "profile_read.h"
#include "profile_values.h"
#include "units.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace isolator {
namespace {

[[noreturn]] void refuse(const Node& node, std::string_view key, const std::string& expected) {
  fail(node.place, key, in_quotes(text(node)) + "; expected " + expected);
}

bool is(const Node& node, std::string_view word) { return node.as<std::string>() && text(node) == word; }

// "max": more than any host has, and yet a number that both versions of cgroups take and give back.
constexpr std::uint64_t all_swap = std::uint64_t(1) << 62;

std::vector<unsigned> list(const Node& node, std::string_view key, unsigned most) {
  const std::optional<std::vector<unsigned>> numbers = parse_list(text(node), most);
  if (!numbers) refuse(node, key, "a list such as \"0-2,5\", of numbers up to " + std::to_string(most));
  return *numbers;
}

std::optional<std::uint32_t> number(std::string_view written) {
  const std::optional<std::uint64_t> value = parse_unsigned(written);
  if (!value || *value > 0xffffffff || written.starts_with("0x")) return std::nullopt;
  return std::uint32_t(*value);
}

std::vector<std::string> words_of(const Node& node) {
  std::istringstream in(text(node));
  return {std::istream_iterator<std::string>(in), {}};
}

void read_io(const Node& section, Limits& limits) {
  if (const Node* weight = find(section, "weight"))
    limits.io_weight = unsigned(integer(*weight, "limits.io.weight", 1, 1000));
  if (const Node* max = find(section, "max"))
    for (const Node& element : *max->as<Node::List>()) {
      limits.io_max.push_back(disk(element, "limits.io.max"));
      const std::string& name = limits.io_max.back().device;
      const auto same = [&](const Limits::Disk& one) { return one.device == name; };
      if (std::count_if(limits.io_max.begin(), limits.io_max.end(), same) > 1)
        fail(element.place, "limits.io.max", in_quotes(name) + " has a line already; expected one for each");
    }
}

}  // namespace

Limits::Disk disk(const Node& node, std::string_view key) {
  Limits::Disk out;
  const std::vector<std::string> words = words_of(node);
  const std::pair<std::string_view, std::optional<std::uint64_t>*> kinds[] = {
      {"rbps=", &out.rbps}, {"wbps=", &out.wbps}, {"riops=", &out.riops}, {"wiops=", &out.wiops}};
  constexpr const char* expected = "DEVICE and one or more of rbps=, wbps=, riops=, wiops=, each once";
  if (words.size() < 2) refuse(node, key, expected);
  out.device = words[0];
  const std::size_t colon = out.device.find(':');
  const bool numbers = colon != std::string::npos && number(out.device.substr(0, colon)) &&
                       number(out.device.substr(colon + 1));
  if (!numbers && !out.device.starts_with('/'))
    refuse(node, key, "a block device first, /dev/NAME or MAJOR:MINOR");
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    const auto* kind = std::find_if(std::begin(kinds), std::end(kinds),
                                    [&](const auto& one) { return word->starts_with(one.first); });
    if (kind == std::end(kinds) || *kind->second) refuse(node, key, expected);
    const std::string value = word->substr(kind->first.size());
    const bool bytes = kind->first.ends_with("bps=");
    *kind->second = bytes && parse_size(value) ? parse_size(value) : parse_unsigned(value);
    // 0 and 1 are errors to v2, and 0 is no limit to v1; both keep operations in 32 bits, of which all are
    // no limit.
    const std::uint64_t most = bytes ? std::uint64_t(1) << 62 : 0xfffffffe;
    if (!*kind->second || **kind->second < 2 || **kind->second > most)
      refuse(
          node, key,
          std::string(kind->first) + (bytes ? "BYTES, or a size such as 1MiB" : "NUMBER") + ", at least 2");
  }
  return out;
}

Limits::Device device(const Node& node, std::string_view key) {
  constexpr const char* expected = "TYPE MAJOR:MINOR ACCESS, such as \"c 1:3 rwm\" or \"b 8:* r\"";
  const std::vector<std::string> words = words_of(node);
  if (words.size() != 3 || (words[0] != "b" && words[0] != "c")) refuse(node, key, expected);
  const std::size_t colon = words[1].find(':');
  if (colon == std::string::npos) refuse(node, key, expected);
  const std::string major = words[1].substr(0, colon), minor = words[1].substr(colon + 1);
  Limits::Device out{.type = words[0][0], .major = number(major), .minor = number(minor)};
  if ((!out.major && major != "*") || (!out.minor && minor != "*")) refuse(node, key, expected);
  for (const char c : words[2]) {
    bool& access = c == 'r' ? out.read : c == 'w' ? out.write : out.mknod;
    if (std::string_view("rwm").find(c) == std::string_view::npos || access) refuse(node, key, expected);
    access = true;
  }
  return out;
}

void read_limits(const Node& section, Limits& limits) {
  if (const Node* pids = find(section, "pids"); pids && !is(*pids, "max")) {
    if (pids->as<std::string>()) refuse(*pids, "limits.pids", "an integer or \"max\"");
    limits.pids = integer(*pids, "limits.pids", 1, 4194304);  // PID_MAX_LIMIT: pids.max takes no more
  }
  if (const Node* memory = find(section, "memory"); memory && !is(*memory, "max")) {
    limits.memory = bytes(*memory, "limits.memory");
    if (*limits.memory <
        std::uint64_t(sysconf(_SC_PAGESIZE)))  // the kernel counts in pages and would take it for 0
      fail(memory->place, "limits.memory",
           std::to_string(*limits.memory) + " bytes; expected at least one page");
  }
  if (const Node* swap = find(section, "swap"))
    limits.swap = is(*swap, "max") ? all_swap : bytes(*swap, "limits.swap");
  if (const Node* cpu = find(section, "cpu"); cpu && !is(*cpu, "max")) {
    if (cpu->as<std::string>()) refuse(*cpu, "limits.cpu", "a number of processors or \"max\"");
    limits.cpu = cpu->as<double>() ? *cpu->as<double>() : double(*cpu->as<std::int64_t>());
    // The kernel takes no quota below 1 ms, and a period is 100 ms. Written so that nan is refused too.
    std::ostringstream number;
    number << *limits.cpu;
    if (!(*limits.cpu >= 0.01 && *limits.cpu <= 4096))
      fail(cpu->place, "limits.cpu", number.str() + "; expected a number of processors from 0.01 to 4096");
  }
  if (const Node* devices = find(section, "devices")) {
    limits.devices.emplace();
    for (const Node& element : *devices->as<Node::List>())
      limits.devices->push_back(device(element, "limits.devices"));
  }
  if (const Node* cpuset = find(section, "cpuset")) {
    // CONFIG_NR_CPUS and MAX_NUMNODES are never higher.
    if (const Node* cpus = find(*cpuset, "cpus")) limits.cpus = list(*cpus, "limits.cpuset.cpus", 8191);
    if (const Node* mems = find(*cpuset, "mems")) limits.mems = list(*mems, "limits.cpuset.mems", 1023);
  }
  if (const Node* io = find(section, "io")) read_io(*io, limits);
}

}  // namespace isolator
