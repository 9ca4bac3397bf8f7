#pragma once

#include "target.h"

#include <string>
#include <vector>

namespace escapement {

/// The options of `docker run` and `podman run`, which have the same words, for the closest thing to `spec`.
/// Throws std::system_error where a file for them cannot be written.
void add_engine_options(std::vector<std::string>& out, const Place& place, const isolator::Spec& spec);

/// What of `spec` those options have no words for.
std::vector<Gap> engine_gaps(const isolator::Spec& spec);

}  // namespace escapement
