#pragma once

#include <isolator/spec.h>

#include "profile_tree.h"

#include <sys/resource.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>

namespace isolator {

// One TOML value, whose type was checked before (check_shape), to one value of the Spec. `key` is the dotted
// name for the error; each throws ProfileError where the value is none of the words or beyond the range that
// the kernel takes.

/// Reads `table[name]` into `out` where it is there, else leaves the default that stands there.
void read(const Node& table, std::string_view name, std::string& out);
void read(const Node& table, std::string_view name, bool& out);
void read(const Node& table, std::string_view name, std::vector<std::string>& out);

const std::string& text(const Node&);

std::uint64_t integer(const Node&, std::string_view key, std::uint64_t least, std::uint64_t most);
std::uint64_t bytes(const Node&, std::string_view key);       ///< an integer or a size with a unit
std::uint64_t tmpfs_size(const Node&, std::string_view key);  ///< the same, but 0: no limit to tmpfs(5)
std::uint32_t id(const Node&,
                 std::string_view key);  ///< a uid or gid; 4294967295 is "no change" to setresuid(2)
IdRange id_range(const Node&, std::string_view key);           ///< "0 100000 65536"
mode_t octal(const Node&, std::string_view key, mode_t most);  ///< "0755"
std::string inside(const Node&,
                   std::string_view key);  ///< an absolute path without `..`, not the root itself
Ns ns(const Node&, std::string_view key);
Join join(const Node&, std::string_view key);  ///< "net=/run/netns/blue", "pid,mount=4242", "4242"
std::uint64_t capability(const Node&, std::string_view key);  ///< its bit; all that this kernel knows for "*"
unsigned securebit(const Node&, std::string_view key);        ///< its SECBIT_*
const std::string& claim(const Node&, std::string_view key);

/// Throws unless libseccomp knows `name`, which is the node's text or stands in the group that it names. A
/// call that only other architectures have is taken: there is nothing to filter.
void check_syscall(const Node&, std::string_view key, const std::string& name);
Seccomp::Action action(const Node&, std::string_view key);
Seccomp::Comparison comparison(const Node&, std::string_view key);

/// The value that stands beside the word in `words`.
template <class T, std::size_t n>
T one_of(const Node& node, std::string_view key, const std::pair<std::string_view, T> (&words)[n]) {
  std::vector<std::string_view> known;
  for (const auto& [word, value] : words) {
    if (word == text(node)) return value;
    known.push_back(word);
  }
  fail(node.place, key, in_quotes(text(node)) + "; expected " + choice(known));
}

/// Namespaces in the order in which a reader expects them.
inline constexpr std::pair<std::string_view, Ns> namespace_names[] = {
    {"user", Ns::user}, {"mount", Ns::mount}, {"pid", Ns::pid},       {"net", Ns::net},
    {"ipc", Ns::ipc},   {"uts", Ns::uts},     {"cgroup", Ns::cgroup}, {"time", Ns::time}};

/// The keys of [rlimits] and what getrlimit(2) knows about them.
struct Rlimit {
  std::string_view name;
  int resource;
  bool in_bytes;
  std::uint64_t most = std::numeric_limits<std::int64_t>::max();
};
inline constexpr Rlimit rlimit_names[] = {
    {"as", RLIMIT_AS, true},
    {"core", RLIMIT_CORE, true},
    {"cpu", RLIMIT_CPU, false},
    {"data", RLIMIT_DATA, true},
    {"fsize", RLIMIT_FSIZE, true},
    {"locks", RLIMIT_LOCKS, false},
    {"memlock", RLIMIT_MEMLOCK, true},
    {"msgqueue", RLIMIT_MSGQUEUE, true},
    {"nice", RLIMIT_NICE, false, 40},
    {"nofile", RLIMIT_NOFILE, false},
    {"nproc", RLIMIT_NPROC, false},
    {"rss", RLIMIT_RSS, true},
    {"rtprio", RLIMIT_RTPRIO, false, 99},
    {"rttime", RLIMIT_RTTIME, false},
    {"sigpending", RLIMIT_SIGPENDING, false},
    {"stack", RLIMIT_STACK, true},
};

}  // namespace isolator
