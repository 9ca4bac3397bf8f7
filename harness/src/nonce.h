#pragma once

#include <string>

namespace escapement {

/// A word of 32 hexadecimal digits that nobody can guess.
std::string nonce();

}  // namespace escapement
