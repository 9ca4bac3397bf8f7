#pragma once

#include <optional>

#include "compare.h"

namespace escapement {

/// What is worse of a cell; nothing where it is not. One cell is worse in one way, the gravest that holds.
std::optional<Change> worse(const Result& base, const Result& now);

/// The cells of one profile.
void compare_cells(Comparison&, const Run& base, const Run& now);

/// Those of a profile that the earlier report does not have.
void add_cells(Comparison&, const Run& now);

}  // namespace escapement
