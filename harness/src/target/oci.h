#pragma once

#include "target.h"

#include <nlohmann/json.hpp>

#include <string>

namespace escapement {

/// The config.json of an OCI bundle that describes the closest thing to `spec` around the probe of `place`:
/// OCI runtime-spec 1.0, config.md and config-linux.md. `cgroup` is the path of its control group.
nlohmann::json oci_config(const isolator::Spec& spec, const Place& place, const std::string& cgroup);

/// Gives the root directory of a place to who is root in the user namespace of `spec`, as engines do: a
/// runtime makes directories in it. Throws std::system_error.
void give_root(const Place& place, const isolator::Spec& spec);

/// Its "linux.seccomp". The rules of OCI cannot take back by arguments what another allows, and libseccomp
/// lets the one without conditions win: so what is let through but for some arguments is allowed for all the
/// others, bit by bit. Throws std::invalid_argument for a rule that cannot be turned round like that.
nlohmann::json oci_seccomp(const isolator::Seccomp& rules);

/// A comparison with some bits of an argument, as SCMP_CMP_MASKED_EQ makes it.
struct Masked {
  std::uint64_t mask, value;
  bool operator==(const Masked&) const = default;
};

/// Comparisons of which exactly one holds for each number that none of `values` is equal to in the bits of
/// `mask`, and none for the others.
std::vector<Masked> all_but(std::uint64_t mask, const std::vector<std::uint64_t>& values);

}  // namespace escapement
