// An interface of the host of whose line NAME/INDEX/MAC the probe is told only the beginning: who can
// complete it has seen it.

#include "witness.h"

#include <algorithm>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class InterfaceWitness : public Witness {
 public:
  explicit InterfaceWitness(const Plantings& plantings) : plantings_(plantings) {}

  Planted plant(const Inside&) override {
    return {.order = "prefix=" + plantings_.interface_prefix, .not_planted = plantings_.no_interface};
  }

  Observation observe(const Record& record) override {
    const bool seen =
        std::find(record.saw.begin(), record.saw.end(), plantings_.interface_line) != record.saw.end();
    if (seen) return {Finding::reached, "it knows " + plantings_.interface_line};
    return {Finding::unchanged, "it does not know the host's interface"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  const Plantings& plantings_;
};

}  // namespace

std::unique_ptr<Witness> interface_witness(const Plantings& plantings) {
  return std::make_unique<InterfaceWitness>(plantings);
}

}  // namespace escapement
