// How much memory the probe's children really hold, as the host sees it, and what the memory controller says
// of kills.

#include "witness.h"

#include <isolator/keeper.h>

#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t most = 1024 * mib;  // what the probe dares
constexpr std::uint64_t spare = 512 * mib;  // what must stay available on the host beyond that

std::uint64_t available() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    std::uint64_t kib = 0;
    if (key == "MemAvailable:" && file >> kib) return kib << 10;
    file.ignore(256, '\n');
  }
  return 0;
}

// By a walk through its page tables: statm(5) is of counters that lag behind, by megabytes where there are
// many processors. What was swapped out is held too, and so are the tables.
std::uint64_t held_by(pid_t pid) {
  std::uint64_t kib = 0, all = 0;
  for (const char* name : {"/smaps_rollup", "/status"}) {
    std::ifstream file("/proc/" + std::to_string(pid) + name);
    for (std::string key; file >> key; file.ignore(256, '\n'))
      if ((key == "Rss:" || key == "Swap:" || key == "VmPTE:") && file >> kib) all += kib;
  }
  return all << 10;
}

class MemoryWitness : public Witness {
 public:
  explicit MemoryWitness(const Demand& demand) : wanted_(demand.bytes) {}

  Planted plant(const Inside& inside) override {
    pid_ = inside.pid;
    if (wanted_ > most)
      return {.order = "", .not_planted = "the limit is above the 1 GiB that the probe dares to touch"};
    if (available() < wanted_ + spare)
      return {.order = "", .not_planted = "the host has too little memory to spare"};
    return {.order = "bytes=" + std::to_string(wanted_), .not_planted = ""};
  }

  Observation observe(const Record&) override {
    std::uint64_t held = 0;
    for (const pid_t child : isolator::children_of(pid_)) held += held_by(child);
    return {
        held >= wanted_ ? Finding::reached : Finding::unchanged,
        "the host sees " + std::to_string(held / mib) + " of " + std::to_string(wanted_ / mib) + " MiB held"};
  }

  // A hog that was killed by anything but its limit says nothing about the limit.
  Observation observe_after(const Record& record,
                            const std::map<std::string, std::uint64_t>& counters) override {
    bool killed = false;
    for (const Step& step : record.steps) killed |= !step.attempt.empty() && step.result == "SIGKILL";
    const auto kills = counters.find("memory.events.oom_kill");
    if (killed && (kills == counters.end() || kills->second == 0))
      return {Finding::unknown, "it was killed, but not by the memory limit"};
    if (kills == counters.end()) return record.live;
    return {record.live.finding,
            record.live.text + "; memory.events oom_kill " + std::to_string(kills->second)};
  }

 private:
  std::uint64_t wanted_;
  pid_t pid_ = 0;
};

}  // namespace

std::unique_ptr<Witness> memory_witness(const Demand& demand) {
  return std::make_unique<MemoryWitness>(demand);
}

}  // namespace escapement
