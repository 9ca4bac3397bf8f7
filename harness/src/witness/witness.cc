#include "witness.h"

#include <stdexcept>

namespace escapement {

std::unique_ptr<Witness> make_witness(const std::string& kind, const Plantings& plantings,
                                      const Demand& demand) {
  if (kind == "root") return root_witness(plantings);
  if (kind == "victim") return victim_witness();
  if (kind == "interface") return interface_witness(plantings);
  if (kind == "owner") return owner_witness();
  if (kind == "processes") return processes_witness(demand);
  if (kind == "memory") return memory_witness(demand);
  throw std::invalid_argument("unknown witness " + kind);
}

}  // namespace escapement
