// How many processes and threads the probe really has, counted by the host, and what the pids controller says
// of refusals.

#include "witness.h"

#include <isolator/keeper.h>

#include <algorithm>
#include <filesystem>

namespace escapement {
namespace {

using Finding = Observation::Finding;

constexpr std::uint64_t most = 4096;  // what the probe dares

class ProcessesWitness : public Witness {
 public:
  explicit ProcessesWitness(const Demand& demand) : wanted_(demand.processes) {}

  Planted plant(const Inside& inside) override {
    pid_ = inside.pid;
    if (wanted_ > most)
      return {.order = "",
              .not_planted = "the limit is above the " + std::to_string(most) +
                             " processes that the probe dares to start"};
    return {.order = "count=" + std::to_string(wanted_), .not_planted = ""};
  }

  Observation observe(const Record&) override {
    std::size_t count = isolator::children_of(pid_).size();
    std::error_code gone;
    for (std::filesystem::directory_iterator task("/proc/" + std::to_string(pid_) + "/task", gone), end;
         task != end; task.increment(gone))
      ++count;
    const std::size_t started = count - std::min<std::size_t>(count, 1);  // without the first
    return {started >= wanted_ ? Finding::reached : Finding::unchanged,
            "the host counts " + std::to_string(started) + " of " + std::to_string(wanted_) + " tasks"};
  }

  Observation observe_after(const Record& record,
                            const std::map<std::string, std::uint64_t>& counters) override {
    const auto refused = counters.find("pids.events.max");
    if (refused == counters.end()) return record.live;
    return {record.live.finding, record.live.text + "; pids.events max " + std::to_string(refused->second)};
  }

 private:
  std::uint64_t wanted_;
  pid_t pid_ = 0;
};

}  // namespace

std::unique_ptr<Witness> processes_witness(const Demand& demand) {
  return std::make_unique<ProcessesWitness>(demand);
}

}  // namespace escapement
