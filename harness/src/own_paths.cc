#include "own_paths.h"

#include <filesystem>
#include <system_error>

namespace escapement {

OwnPaths::OwnPaths(const std::string& nonce) {
  const std::string name = "/.escapement-" + nonce;
  paths_ = {"/tmp" + name, "/dev/shm" + name, name};
  for (std::size_t i = 0; i < paths_.size(); ++i) entries_[i] = isolator::ledger::Entry(paths_[i]);
}

OwnPaths::~OwnPaths() {
  std::error_code not_there;
  for (const std::string& path : paths_) std::filesystem::remove(path, not_there);
}

}  // namespace escapement
