#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace isolator {

/// What has to lie in a root, in this order, for programs of the host to run in it.
struct Copy {
  enum class Kind { directory, symlink, file } kind;
  std::string path;    ///< inside, as on the host
  std::string target;  ///< of a symlink
  mode_t mode = 0755;  ///< of a file
};

/// Each of the host's `files`, with the interpreter and the libraries of those that are programs or
/// libraries, and each directory and symbolic link on the way to them. Throws Error{Step::root}.
std::vector<Copy> copies_of(const std::vector<std::string>& files);

}  // namespace isolator
