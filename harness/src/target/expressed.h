#pragma once

#include "target.h"

#include <linux/filter.h>

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace escapement {

using Words = std::vector<std::string>;

inline void add(Words& out, std::initializer_list<std::string> words) { out.insert(out.end(), words); }

/// "CAP_CHOWN" from "cap_chown".
std::string upper(std::string text);

bool has_proc(const isolator::Spec& spec);

/// The layers of `spec` that none of `words` stands for, each a layer or a class of them as `limits.*`, with
/// the reason that `reasons` give for it: what a target says nothing about, it cannot do.
std::vector<Gap> gaps_but(const isolator::Spec& spec, std::initializer_list<std::string_view> words,
                          std::initializer_list<Gap> reasons);

/// "mode=1777,size=16777216" as mount(8) has them of a tmpfs; no size where the kernel's is meant.
std::string tmpfs_options(const isolator::Mount& mount);

/// Makes a file of the program's instructions, as they lie in memory. Throws std::system_error.
void write_filter(const std::string& path, const std::vector<sock_filter>& program);

/// "cap_chown", ...: of the bits that are set, and that the running kernel knows.
std::vector<std::string> capability_names(std::uint64_t set);

/// "core", "nofile", ... as prlimit(1) has them.
std::string rlimit_name(int resource);

/// The system calls that a filter lets through for some arguments, sorted.
std::vector<std::string> calls_allowed(const isolator::Seccomp& rules);

/// Those that libseccomp knows of this architecture.
std::vector<std::string> known_calls();

/// Does any rule of it look at arguments?
bool looks_at_arguments(const isolator::Seccomp& rules);

/// The errno that it refuses with, by name; SIGSYS's place is taken by "kill".
std::string refusal_of(const isolator::Seccomp::Action& action);

}  // namespace escapement
