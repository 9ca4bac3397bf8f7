// Is a process left when the sandbox is gone? Whoever is, has lost its parent by then, and become a child of
// the process that ran the sandbox, which counts and kills it. Who keeps a control group for the sandbox may
// end it there: then it was seen before, by a name that nobody else has, and is gone.

#include "../nonce.h"
#include "witness.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds by_itself(5);  // probes/process/lifetime.cc sleeps twice as long

/// Is any process called so? proc_pid_comm(5)
bool is_there(const std::string& name) {
  std::error_code ignored;  // processes come and go
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename();
    if (!std::all_of(pid.begin(), pid.end(), [](unsigned char c) { return std::isdigit(c); })) continue;
    std::ifstream file("/proc/" + pid + "/comm");
    std::string found;
    if (std::getline(file, found) && found == name) return true;
  }
  return false;
}

class OutlivesWitness : public Witness {
 public:
  Planted plant(const Inside&) override { return {.order = "name=" + name_, .not_planted = ""}; }

  // It gives itself its name a moment after it was started.
  Observation observe(const Record& record) override {
    for (int tries = 0; record.claim == "escaped" && !was_there_ && tries < 200; ++tries) {
      was_there_ = is_there(name_);
      seen_at_ = Clock::now();
      if (!was_there_) usleep(5000);
    }
    return {Finding::unchanged, "the sandbox is still there"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    if (record.left_behind > 0)
      return {Finding::reached, "processes outlived the sandbox: " + std::to_string(record.left_behind)};
    if (!was_there_) return {Finding::unchanged, "nothing outlived the sandbox"};
    if (is_there(name_)) return {Finding::reached, "a process outlived the sandbox"};
    if (Clock::now() - seen_at_ > by_itself)
      return {Finding::unknown,
              "it was there, and the sandbox took so long to end that it may have ended by itself"};
    return {Finding::undone, "it was there, and ended with the sandbox"};
  }

 private:
  static constexpr std::size_t longest = 15;  // of a name: PR_SET_NAME(2const)
  const std::string name_ = nonce().substr(0, longest);
  bool was_there_ = false;
  Clock::time_point seen_at_;
};

}  // namespace

std::unique_ptr<Witness> outlives_witness() { return std::make_unique<OutlivesWitness>(); }

}  // namespace escapement
