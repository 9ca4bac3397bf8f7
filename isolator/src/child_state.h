#pragma once

#include <isolator/launch.h>
#include <isolator/ledger.h>

#include <isolator/fd.h>
#include "cgroup.h"
#include "network.h"
#include "seccomp_notify.h"

#include <chrono>
#include <optional>

namespace isolator {

/// An empty directory that lives as long as its sandbox.
class TemporaryRoot {
 public:
  TemporaryRoot(std::string path, ledger::Entry entry) : path_(std::move(path)), entry_(std::move(entry)) {}
  TemporaryRoot(TemporaryRoot&& other) noexcept
      : path_(std::exchange(other.path_, {})), entry_(std::move(other.entry_)) {}
  TemporaryRoot& operator=(TemporaryRoot&&) = delete;
  ~TemporaryRoot();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  ledger::Entry entry_;
};

TemporaryRoot make_temporary_root();

/// What a running sandbox holds. Its end kills and reaps what is left of it.
struct Child::State {
  std::optional<TemporaryRoot> directory;  // first, so that it goes last
  std::optional<Cgroup> cgroup;
  std::optional<UserNetwork> network;
  std::optional<Notices> notices;
  pid_t pid = -1;
  Fd pidfd;
  bool reaped = false, frozen = false;
  int ended_by = 0;  // the signal that it would have ignored
  bool pid_namespace =
      false;  // the end of its first process, which waitid(2) waits for, is the end of all in it
  std::optional<std::chrono::milliseconds> wall;
  std::chrono::steady_clock::time_point began, execed;
  std::vector<std::pair<Step, std::chrono::nanoseconds>> steps;

  ~State();
};

}  // namespace isolator
