// Did the process change to the host's root? /proc/PID/root tells, whatever the probe says; that it also read
// a file there whose content it cannot guess shows that it can use what it reached.

#include "witness.h"

#include <algorithm>

namespace escapement {
namespace {

class RootWitness : public Witness {
 public:
  explicit RootWitness(const Plantings& plantings) : plantings_(plantings) {}

  Planted plant(const Inside& inside) override {
    root_ = "/proc/" + std::to_string(inside.pid) + "/root";
    elsewhere_ = inside.pid == 0;
    was_outside_ = !elsewhere_ && identity_of(root_ + "/.") == identity_of("/");
    return {.order = "canary=" + plantings_.canary_path, .not_planted = ""};
  }

  Observation observe(const Record& record) override {
    using Finding = Observation::Finding;
    const std::string its = identity_of(root_ + "/.");
    if (its.empty() && !elsewhere_) return {Finding::unknown, "its root cannot be seen"};
    const bool outside = !elsewhere_ && its == identity_of("/");
    const bool read =
        std::find(record.saw.begin(), record.saw.end(), plantings_.canary_nonce) != record.saw.end();
    if (outside && read) return {Finding::reached, "its root is the host's, and it read the canary there"};
    if (read) return {Finding::reached, "it read the canary"};
    if (outside && was_outside_) return {Finding::unchanged, "its root is the host's, as it was before"};
    if (outside) return {Finding::reached, "its root is the host's"};
    if (elsewhere_) return {Finding::unchanged, "it did not read the canary"};
    return {Finding::unchanged, "its root is the sandbox's"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  const Plantings& plantings_;
  std::string root_;
  bool was_outside_ = false, elsewhere_ = false;
};

}  // namespace

std::unique_ptr<Witness> root_witness(const Plantings& plantings) {
  return std::make_unique<RootWitness>(plantings);
}

}  // namespace escapement
