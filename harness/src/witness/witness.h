#pragma once

#include "../inside.h"
#include "../record.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace escapement {

/// What stands on the host for all sandboxes of a run.
struct Plantings {
  std::string canary_path, canary_nonce;  ///< a file whose content nobody can guess
  std::string interface_line;             ///< NAME/INDEX/MAC of an interface of the host
  std::string interface_prefix;           ///< what a probe is told of it
  std::string no_interface;               ///< why there is none
};

/// How much an attack on a limit asks for: more than the limit, and no more than it takes to tell.
struct Demand {
  std::uint64_t processes = 0, bytes = 0;
};

struct Planted {
  std::string order;        ///< for the probe
  std::string not_planted;  ///< why there is nothing to attack; else empty
};

/// Looks from outside at what one attack on one sandbox does. It lives in the process that runs this sandbox
/// alone.
class Witness {
 public:
  virtual ~Witness() = default;

  /// Before the attack, while the probe waits.
  virtual Planted plant(const Inside& inside) = 0;

  /// After its claim, while the probe still holds what it reached.
  virtual Observation observe(const Record& record) = 0;

  /// A child of this process that belongs to the witness, or -1.
  virtual pid_t helper() const { return -1; }

  /// When nothing of the sandbox is left. `counters` are those of its cgroup.
  virtual Observation observe_after(const Record& record,
                                    const std::map<std::string, std::uint64_t>& counters) = 0;
};

/// `kind` is what a probe's metadata names. Throws std::invalid_argument for an unknown one.
std::unique_ptr<Witness> make_witness(const std::string& kind, const Plantings& plantings,
                                      const Demand& demand);

std::unique_ptr<Witness> root_witness(const Plantings&);
std::unique_ptr<Witness> victim_witness();
std::unique_ptr<Witness> interface_witness(const Plantings&);
std::unique_ptr<Witness> owner_witness();
std::unique_ptr<Witness> processes_witness(const Demand&);
std::unique_ptr<Witness> memory_witness(const Demand&);

}  // namespace escapement
