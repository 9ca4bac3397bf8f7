#include "write_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace escapement {

std::string write_file(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file.flush()) throw std::system_error(errno, std::generic_category(), path);
  return path;
}

}  // namespace escapement
