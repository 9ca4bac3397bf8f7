// Attributes of mounts: by mount_setattr(2) before a mount is attached; before Linux 5.12, which has no such
// call, by mount(2) with MS_REMOUNT | MS_BIND, as soon as it is attached: nobody but the child is there to
// use it meanwhile. That call sets all flags of one mount, so those that are to stay are told again. In a
// user namespace the kernel refuses to take one away that the mount has from outside (mount_namespaces(7);
// CVE-2014-5206, CVE-2014-5207), elsewhere the child looks first.

#include "mount_attributes.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <utility>

namespace isolator {
namespace {

// statfs(2) gives a mount's flags as mount(2) takes them, but for one (ST_NOSYMFOLLOW).
struct Flag {
  std::uint64_t attribute;
  long mount, statfs;
  const char *attribute_name, *mount_name;
};
constexpr long ms_nosymfollow = 256, st_nosymfollow = 0x2000;
constexpr Flag flags[] = {
    {MOUNT_ATTR_RDONLY, MS_RDONLY, ST_RDONLY, "MOUNT_ATTR_RDONLY", "MS_RDONLY"},
    {MOUNT_ATTR_NOSUID, MS_NOSUID, ST_NOSUID, "MOUNT_ATTR_NOSUID", "MS_NOSUID"},
    {MOUNT_ATTR_NODEV, MS_NODEV, ST_NODEV, "MOUNT_ATTR_NODEV", "MS_NODEV"},
    {MOUNT_ATTR_NOEXEC, MS_NOEXEC, ST_NOEXEC, "MOUNT_ATTR_NOEXEC", "MS_NOEXEC"},
    {nosymfollow, ms_nosymfollow, st_nosymfollow, "MOUNT_ATTR_NOSYMFOLLOW", "MS_NOSYMFOLLOW"},
};

// A check of an operation has no argument but what the call wrote, so there is one for each set of flags.
template <unsigned set>
constexpr long statfs_flags() {
  long out = 0;
  for (std::size_t i = 0; i < std::size(flags); ++i)
    if ((set >> i & 1) != 0) out |= flags[i].statfs;
  return out;
}
long seen(const void* scratch) noexcept {
  struct statfs info;
  __builtin_memcpy(&info, scratch, sizeof info);
  return info.f_flags;
}
constexpr unsigned all = (1U << std::size(flags)) - 1;
template <unsigned set>
bool has_all(const void* scratch) noexcept {
  return (~seen(scratch) & statfs_flags<set>()) == 0;
}
template <unsigned set>
bool has_no_other(const void* scratch) noexcept {
  return (seen(scratch) & statfs_flags<all & ~set>()) == 0;
}
using Check = bool (*)(const void*) noexcept;
template <std::size_t... set>
constexpr std::array<Check, all + 1> each_has_all(std::index_sequence<set...>) {
  return {has_all<set>...};
}
template <std::size_t... set>
constexpr std::array<Check, all + 1> each_has_no_other(std::index_sequence<set...>) {
  return {has_no_other<set>...};
}
constexpr auto checks_of_all = each_has_all(std::make_index_sequence<all + 1>());
constexpr auto checks_of_no_other = each_has_no_other(std::make_index_sequence<all + 1>());

std::size_t set_of(std::uint64_t attributes) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < std::size(flags); ++i)
    if ((attributes & flags[i].attribute) != 0) out |= std::size_t(1) << i;
  return out;
}

Op& look(Builder& b, Reg mount) { return CALL(b, fstatfs, mount, Builder::scratch); }

Arg remount(std::uint64_t attributes) {
  Arg out(MS_REMOUNT | MS_BIND, "MS_REMOUNT|MS_BIND");
  for (const Flag& flag : flags)
    if ((attributes & flag.attribute) != 0) {
      out.value |= flag.mount;
      out.text += std::string("|") + flag.mount_name;
    }
  return out;
}

void call_setattr(Builder& b, Reg mount, const Attributes& wanted, bool recursive) {
  const mount_attr attr{.attr_set = wanted.flags, .attr_clr = 0, .propagation = 0, .userns_fd = 0};
  const Arg kept = b.keep(attr, "{" + wanted.text + "}");
  if (recursive)
    CALL(b, mount_setattr, mount, "", FLAGS(AT_EMPTY_PATH | AT_RECURSIVE), kept, sizeof attr);
  else
    CALL(b, mount_setattr, mount, "", FLAGS(AT_EMPTY_PATH), kept, sizeof attr);
}

}  // namespace

Attributes attributes_of(const Mount& m, bool with_nodev) {
  Attributes out;
  for (const Flag& flag : flags) {
    const bool wanted = flag.attribute == MOUNT_ATTR_RDONLY   ? m.read_only
                        : flag.attribute == MOUNT_ATTR_NOSUID ? m.nosuid
                        : flag.attribute == MOUNT_ATTR_NODEV  ? m.nodev && with_nodev
                        : flag.attribute == MOUNT_ATTR_NOEXEC ? m.noexec
                                                              : m.nosymfollow;
    if (!wanted) continue;
    out.flags |= flag.attribute;
    out.text += (out.text.empty() ? "" : "|") + std::string(flag.attribute_name);
  }
  if (out.text.empty()) out.text = "0";
  return out;
}

Attributes read_only_attribute() { return {MOUNT_ATTR_RDONLY, "MOUNT_ATTR_RDONLY"}; }

Attributes attributes_of_mask() {
  return {MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
          "MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC"};
}

// Asked each time: it takes less than a microsecond, and a filter may have come over this process meanwhile.
bool has_mount_setattr() { return syscall(SYS_mount_setattr, -1, "", 0, nullptr, 0) == 0 || errno != ENOSYS; }

Attributes at_once(const Attributes& wanted) {
  if ((wanted.flags & nosymfollow) == 0 || has_mount_setattr()) return wanted;
  Attributes out = wanted;
  out.flags &= ~nosymfollow;
  const std::string word = "MOUNT_ATTR_NOSYMFOLLOW";  // the last, if it is not the only one
  out.text.erase(out.text.size() - word.size());
  if (out.text.ends_with('|')) out.text.pop_back();
  if (out.text.empty()) out.text = "0";
  return out;
}

void set_detached(Builder& b, Reg mount, const Attributes& wanted, bool recursive) {
  if (wanted.flags != 0 && has_mount_setattr()) call_setattr(b, mount, wanted, recursive);
}

void set_attached(Builder& b, Reg mount, const std::string& path, const Attributes& wanted,
                  std::uint64_t has) {
  if (wanted.flags == 0) return;
  if (has_mount_setattr()) {
    call_setattr(b, mount, wanted, false);
    return;
  }
  if ((wanted.flags & ~has) == 0) return;
  b.at(Step::mount, "attributes of " + path);
  look(b, mount).check = checks_of_no_other[set_of(has)];
  const Arg name = b.name(mount);
  CALL(b, mount, "none", name, Arg(0L, "NULL"), remount(wanted.flags | has), Arg(0L, "NULL"));
}

void set_tree(Builder& b, Reg mount, const std::string& path, const Attributes& wanted) {
  if (wanted.flags == 0) return;
  if (has_mount_setattr()) {
    call_setattr(b, mount, wanted, true);
    return;
  }
  b.at(Step::mount, "attributes of " + path);
  const std::uint32_t wait =
      b.await("the parent has set {" + wanted.text + "} of " + path + " and of all below, each by mount(2)");
  b.store().tasks.push_back({.kind = Plan::Store::Task::Kind::attributes,
                             .wait = wait,
                             .path = path,
                             .flags = (unsigned long)(remount(wanted.flags).value)});
  look(b, mount).check = checks_of_all[set_of(wanted.flags)];
}

std::uint64_t attributes_at(const std::string& path) {
  struct statfs info {};
  if (statfs(path.c_str(), &info) != 0) return 0;
  std::uint64_t out = 0;
  for (const Flag& flag : flags)
    if ((info.f_flags & flag.statfs) != 0) out |= flag.attribute;
  return out;
}

}  // namespace isolator
