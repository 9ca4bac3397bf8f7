#pragma once

#include "builder.h"

#include <optional>

namespace isolator {

/// The mount list on its way: what was opened on the host, and where it goes.
struct MountPlan {
  struct Entry {
    const Mount* mount = nullptr;
    bool directory = true;
    std::vector<Reg> sources;   // bind: the tree; dev: one a node
    int owners = -1;            // bind with owners of its own: its place in Store::owners
    std::optional<Reg> target;  // once its mount point exists
    std::optional<Reg> to_be_read_only;
  };
  std::vector<Entry> entries;
  std::vector<Reg> covers;  // /dev/null, one for each masked path
};

/// The kernel's name of the file system that a mount of this type makes; nothing for a bind.
const char* filesystem(Mount::Type);

/// A user namespace that has its uid_map and gid_map. Throws Error{Step::mount}.
Fd owners_of(const Plan::Store&, const Mount&);

/// The nodes of a minimal /dev.
std::vector<const char*> device_names();

/// An O_PATH descriptor of `path`, which is looked up as if `root` were the root.
Reg resolve(Builder&, Reg root, const std::string& path);

/// Makes the mount point and what leads to it; returns an O_PATH descriptor of it.
Reg make_target(Builder&, Reg root, const std::string& target, bool directory);
void make_file(Builder&, Reg root, const File&);

}  // namespace isolator
