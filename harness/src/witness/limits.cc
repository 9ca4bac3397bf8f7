// A limit of the process, as the host sees it: a line of proc_pid_limits(5), blanks squeezed.

#include "pattern.h"
#include "witness.h"

#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class LimitsWitness : public Witness {
 public:
  explicit LimitsWitness(const std::string& line) : line_(line) {}

  Planted plant(const Inside& inside) override {
    path_ = "/proc/" + std::to_string(inside.pid) + "/limits";
    return {};
  }

  Observation observe(const Record&) override {
    std::ifstream file(path_);
    if (!file) return {Finding::unknown, "its limits cannot be seen"};
    for (std::string line; std::getline(file, line);) {
      const std::string seen = squeezed(line);
      if (line_.matches(seen)) return {Finding::reached, "the host sees " + seen};
    }
    return {Finding::unchanged, "the host sees another limit"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  Pattern line_;
  std::string path_;
};

}  // namespace

std::unique_ptr<Witness> limits_witness(const std::string& line) {
  return std::make_unique<LimitsWitness>(line);
}

}  // namespace escapement
