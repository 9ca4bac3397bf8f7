#pragma once

#include "child.h"
#include "probe.h"

namespace probe {

inline constexpr const char* remedy = "Leave the call out of the filter's list.";

}  // namespace probe

// Each row of it: the id, what is done, how, a reference, the attempt, the call as strace prints it, what
// passes, the call, the opening
#define SURFACE(ID, SUMMARY, TECHNIQUE, REFERENCE, NAME, TEXT, PASS, CALL, ...)                             \
  {                                                                                                         \
    .id = ID, .cls = "seccomp", .guarantee = "seccomp.surface", .summary = SUMMARY, .technique = TECHNIQUE, \
    .references = {NAME "(2)", REFERENCE}, .attempts = {{NAME, {"EPERM"}, {PASS}, {"ENOSYS"}}},             \
    .witness = {"trace"}, .opening = {__VA_ARGS__}, .remedy = remedy,                                       \
    .attack = [](const Order&) { Fd close_again(attempt(NAME, TEXT, in_child([] { return CALL; }))); },     \
  }
