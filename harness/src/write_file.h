#pragma once

#include <string>
#include <string_view>

namespace escapement {

/// Makes or replaces the file, and returns its path. Throws std::system_error.
std::string write_file(const std::string& path, std::string_view content);

}  // namespace escapement
