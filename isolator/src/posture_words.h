#pragma once

#include <isolator/spec.h>

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// How a posture words its facts: what is expected and what is observed have to be the same text.

namespace isolator::words {

/// "ns/mnt", below /proc/PID, of the namespace that a profile calls mount.
std::string namespace_file(std::string_view word);

/// As /proc/PID/limits writes them, and a profile.
inline constexpr std::pair<std::string_view, std::string_view> rlimit_titles[] = {
    {"Max address space", "as"},
    {"Max core file size", "core"},
    {"Max cpu time", "cpu"},
    {"Max data size", "data"},
    {"Max file size", "fsize"},
    {"Max file locks", "locks"},
    {"Max locked memory", "memlock"},
    {"Max msgqueue size", "msgqueue"},
    {"Max nice priority", "nice"},
    {"Max open files", "nofile"},
    {"Max processes", "nproc"},
    {"Max resident set", "rss"},
    {"Max realtime priority", "rtprio"},
    {"Max realtime timeout", "rttime"},
    {"Max pending signals", "sigpending"},
    {"Max stack size", "stack"}};

std::string joined(const std::vector<std::string>& words);  ///< with blanks
std::string or_none(const std::string& text);               ///< "none" for an empty one
std::vector<IdRange> parse_map(const std::string& lines);   ///< of /proc/PID/uid_map
std::string ranges(const std::vector<IdRange>& map);        ///< "0 100000 65536, 65536 7 1"
std::string capabilities(std::uint64_t set);                ///< "none", "all", or names
std::string offset(std::chrono::nanoseconds);               ///< "-90s", "1.5s"
std::string plain(const std::string& path);                 ///< without double and trailing slashes
std::string address(const std::string&);                    ///< of IPv4 or IPv6, in its shortest form
std::string cpu_limit(double processors);
std::string inode(const struct stat&);                      ///< "254:0 1234", of any file
std::string io_priority(int);                               ///< "best-effort/4", as ioprio_get(2) has it
std::string file(mode_t mode, const std::string& content);  ///< "0644 \"content\""
std::string symbolic_link(const std::string& target);       ///< "link to usr/bin"

}  // namespace isolator::words
