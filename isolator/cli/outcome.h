#pragma once

#include <isolator/launch.h>
#include <isolator/profile.h>

#include <exception>

namespace isolator::cli {

// What a run was like, on stderr: the other streams are the command's.

/// Each step of the launch with its time, and how the command ended.
void print_trace(const Profile&, const Outcome&);

/// The same, with the counters and the usage, as one line of JSON; docs/isolator.md describes it.
void print_json(const Profile&, const Outcome&);

/// What failed, as one line of JSON.
void print_json(const std::exception&);

}  // namespace isolator::cli
