#pragma once

#include "style.h"
#include "surface.h"

#include <string>

namespace escapement {

/// For a person: how much of the kernel each sandbox reaches, what it reaches by the way round its filter,
/// and what the one lets through and the other not.
std::string to_table(const SurfaceReport&, const Style&);

/// The answers to every call by every entry.
std::string to_json_text(const SurfaceReport&);

}  // namespace escapement
