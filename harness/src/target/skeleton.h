#pragma once

#include "target.h"

#include <sys/types.h>

#include <string>

namespace escapement {

/// Makes it with just this mode, whatever the umask takes away. Throws std::system_error.
void make_directory(const std::string& path, mode_t mode = 0755);

/// Makes a root directory of `program` and the empty directories that people mount on, which any user can
/// read. Throws std::system_error.
void make_root(const std::string& root, const std::string& program);

/// A new Place below `parent`, with `program` as its probe. Throws std::system_error.
Place make_place(const std::string& parent, const std::string& program);

}  // namespace escapement
