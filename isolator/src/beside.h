#pragma once

#include "builder.h"

#include <functional>

namespace isolator {

/// What the parent does for one child in the child's own namespaces: in a process that joins them, so that
/// owners are those of its map and nothing touches the host.
class Beside {
 public:
  /// While the child has not changed its credentials, after which who is not root may not look at its
  /// namespaces any more (ptrace(2), access mode checking). Throws Error.
  Beside(const Plan::Store&, pid_t child);

  /// Runs `work` in a process of its own, outside as yet, which dies with its parent. Throws the Error that
  /// it threw.
  void run(const std::function<void()>& work) const;

  /// For the work to call: into the user and mount namespaces, as the first uid and gid that are mapped.
  void join() const;
  /// Into the user and network namespaces.
  void join_network() const;

  const Plan::Store& plan() const { return plan_; }
  bool own_mounts() const { return bool(mount_); }
  int network() const { return network_.get(); }

 private:
  void join_user() const;

  const Plan::Store& plan_;
  pid_t parent_;
  Fd user_, mount_, network_;  // none: shared with the child
};

/// Fills the fresh root from the archive or with programs of the host. Without a mount namespace it is
/// `temporary`, a directory of the host. Throws Error{Step::root}.
void fill_root(const Beside&, const std::string& temporary);

/// Extracts a tar archive, read from `fd` and called `name` in an error, into the working directory, which is
/// the root of the calling process. Throws Error{Step::root}.
void extract_archive(int fd, const std::string& name, const Root&, bool set_ids);

/// Attaches the bind with owners of its own on its mount point. Throws Error{Step::mount}.
void attach_idmapped(const Beside&, const Mount&, int owners);

/// Adds the MS_* of mount(2) to what is mounted on `path`, inside, and to all mounts below it. Throws
/// Error{Step::mount}.
void remount_all(const Beside&, const std::string& path, unsigned long flags);

}  // namespace isolator
