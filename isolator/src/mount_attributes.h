#pragma once

#include "mounts.h"

namespace isolator {

/// MOUNT_ATTR_* with the text that shows them.
struct Attributes {
  std::uint64_t flags = 0;
  std::string text;
};

/// MOUNT_ATTR_NOSYMFOLLOW, which the headers of Debian 12 have not.
inline constexpr std::uint64_t nosymfollow = 0x200000;

/// What a mount asks for; nodes of a `dev` do without nodev.
Attributes attributes_of(const Mount&, bool with_nodev = true);

Attributes read_only_attribute();
/// Of what covers a masked path.
Attributes attributes_of_mask();

/// Has this kernel mount_setattr(2), Linux 5.12? Where it has not, mount(2) does the same to mounts that are
/// attached, one at a time.
bool has_mount_setattr();

/// Those that fsmount(2) takes here: before mount_setattr(2) it knew no nosymfollow.
Attributes at_once(const Attributes&);

/// For a mount that is not yet attached, alone or with all below it. Without mount_setattr(2) nothing is
/// done: one of those below does it, as soon as the mount is attached.
void set_detached(Builder&, Reg mount, const Attributes&, bool recursive);

/// For one mount that is attached, without those below it, and has the MOUNT_ATTR_* of `has` now and no more.
void set_attached(Builder&, Reg mount, const std::string& path, const Attributes&, std::uint64_t has);

/// For the mount that has just been attached to `path`, inside, and all below it, whatever they have now.
void set_tree(Builder&, Reg mount, const std::string& path, const Attributes&);

/// MOUNT_ATTR_* that the mount of `path` has, on the host.
std::uint64_t attributes_at(const std::string& path);

}  // namespace isolator
