// Is a process left when the sandbox is gone? Whoever is, has lost its parent by then, and become a child of
// the process that ran the sandbox, which counts and kills it.

#include "witness.h"

namespace escapement {
namespace {

using Finding = Observation::Finding;

class OutlivesWitness : public Witness {
 public:
  Planted plant(const Inside&) override { return {}; }
  Observation observe(const Record&) override { return {Finding::unchanged, "the sandbox is still there"}; }
  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    if (record.left_behind == 0) return {Finding::unchanged, "nothing outlived the sandbox"};
    return {Finding::reached, "processes outlived the sandbox: " + std::to_string(record.left_behind)};
  }
};

}  // namespace

std::unique_ptr<Witness> outlives_witness() { return std::make_unique<OutlivesWitness>(); }

}  // namespace escapement
