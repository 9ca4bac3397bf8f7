#pragma once

#include <string>

namespace isolator::ledger {

/// Writes `path`, a cgroup or a directory that this process is about to make, into the ledger of the keeper,
/// and takes it out again when destroyed. Make the entry first and the thing second; remove the thing first
/// and the entry second. Without a keeper it does nothing.
class Entry {
 public:
  Entry() = default;
  explicit Entry(const std::string& path);
  Entry(Entry&& other) noexcept;
  Entry& operator=(Entry&& other) noexcept;
  ~Entry();

 private:
  int slot_ = -1;
};

}  // namespace isolator::ledger
