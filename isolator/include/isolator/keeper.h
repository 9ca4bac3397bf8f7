#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace isolator {

/// Runs `work` in a process of its own and returns its exit status (128+N where signal N ended it). Between
/// the caller and the work stands a keeper: it has no other task than to see either of them end, SIGKILL
/// included, and then to kill every process that the work left behind and to remove everything that stands in
/// the ledger. SIGINT, SIGTERM and SIGHUP of the caller end the work in the same way; the caller then dies of
/// that signal. Throws std::system_error.
///
/// With `new_session` the work is cut off from the caller's terminal and process group, so that a signal to
/// the whole group reaches only the caller.
int under_keeper(const std::function<int()>& work, bool new_session = true);

/// SIGKILL to every descendant of the calling process, which must be a child subreaper
/// (PR_SET_CHILD_SUBREAPER), until none is left, in whatever process group, session or PID namespace; only
/// the children in `spare` live on. Returns how many were killed.
int kill_descendants(std::span<const pid_t> spare = {});

/// The processes whose parent `parent` is, from /proc.
std::vector<pid_t> children_of(pid_t parent);

namespace ledger {

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

}  // namespace ledger
}  // namespace isolator
