#pragma once

#include <isolator/ledger.h>

#include <array>
#include <string>

namespace escapement {

/// The paths of what one attack may make outside of all sandboxes: where nothing keeps it from the host's
/// directories, and it was killed before it removed it again, it is removed here, or by the keeper.
class OwnPaths {
 public:
  explicit OwnPaths(const std::string& nonce);
  ~OwnPaths();
  OwnPaths(const OwnPaths&) = delete;
  OwnPaths& operator=(const OwnPaths&) = delete;

 private:
  std::array<std::string, 3> paths_;
  std::array<isolator::ledger::Entry, 3> entries_;
};

}  // namespace escapement
