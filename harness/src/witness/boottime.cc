// Does the sandbox see for how long the host has been running? Its offset from that stands in
// /proc/PID/timens_offsets: time_namespaces(7).

#include "witness.h"

#include <time.h>

#include <cstdlib>
#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;

constexpr long near = 60;  // seconds; what is nearer than that tells as much as the clock itself

class BoottimeWitness : public Witness {
 public:
  Planted plant(const Inside& inside) override {
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    std::ifstream file("/proc/" + std::to_string(inside.pid) + "/timens_offsets");
    std::string clock;
    for (long seconds = 0, nanoseconds = 0; file >> clock >> seconds >> nanoseconds;)
      if (clock == "boottime") offset_ = seconds;
    return {.order = "boottime=" + std::to_string(now.tv_sec), .not_planted = ""};
  }

  Observation observe(const Record&) override {
    if (std::abs(offset_) < near) return {Finding::reached, "its clock since boot is the host's"};
    return {Finding::unchanged,
            "its clock since boot is " + std::to_string(offset_) + " seconds off the host's"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  long offset_ = 0;  // a kernel without time namespaces has none
};

}  // namespace

std::unique_ptr<Witness> boottime_witness() { return std::make_unique<BoottimeWitness>(); }

}  // namespace escapement
