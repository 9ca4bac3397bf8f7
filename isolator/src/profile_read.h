#pragma once

#include <isolator/profile.h>

#include "profile_tree.h"

namespace isolator {

// Each takes a tree that check_shape has passed, and throws ProfileError.

/// Every section of the tree, each for itself.
Profile read_profile(const Node& tree);

Mount::Type mount_type(const Node& type);
Mount read_mount(const Node& node);
File read_file(const Node& node);
Landlock read_landlock(const Node& section);
void landlock_right(const Node&, std::string_view key);  ///< throws unless it is one

Network read_network(const Node& section);
void read_limits(const Node& section, Limits&);
Limits::Disk disk(const Node&, std::string_view key);      ///< "/dev/sda rbps=1MiB wiops=100"
Limits::Device device(const Node&, std::string_view key);  ///< "c 1:3 rwm"

void read_process(const Node& section, Process&);
unsigned long personality(const Node&, std::string_view key);  ///< its bit, or PER_LINUX32

/// Nothing with mode = "off".
std::optional<Seccomp> read_seccomp(const Node& section);

/// A name of a call or of a @group, as [seccomp] allow and deny list them.
const std::string& call_or_group(const Node&, std::string_view key);

/// What the sections say about each other: the first contradiction, at the place of the key that it is about.
void check_profile(const Profile&, const Node& tree);

}  // namespace isolator
