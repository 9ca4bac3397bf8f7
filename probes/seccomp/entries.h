#pragma once

// What the answers by two entries of the kernel tell of a filter.

#include <system-calls.h>

#include <errno.h>

#include "safe-arguments.h"
#include "worker.h"

namespace probe {

// With these the kernel answers who was let in: it has come to look at the arguments.
inline constexpr std::initializer_list<const char*> let_in = {
    "ok",     "EFAULT", "EBADF",        "EINVAL",     "ESRCH",   "ENOENT", "ECHILD",  "E2BIG",     "ENOMEM",
    "ENOTTY", "EINTR",  "EAFNOSUPPORT", "EOPNOTSUPP", "ENOEXEC", "ERANGE", "ENODEV",  "EOVERFLOW", "EAGAIN",
    "ENXIO",  "EPIPE",  "ENOTSOCK",     "EBUSY",      "EMFILE",  "ENOSPC", "ENOTDIR", "EDOM",      "SIGALRM"};

// With these a filter refuses; those without SIGSYS are also what a kernel says to who lacks a capability, or
// that has no such call. It says so by every entry: only a difference tells.
inline constexpr std::initializer_list<const char*> refusals = {"SIGSYS", "EPERM", "EACCES", "ENOSYS"};

inline bool is_one_of(std::initializer_list<const char*> list, const Reply& reply) {
  if (!reply.made) return false;
  const Text text = answer(reply);
  for (const char* each : list)
    if (text.view() == each) return true;
  return false;
}

template <int size>
int find(const SystemCallNumber (&calls)[size], std::string_view name) {
  for (int i = 0; i < size; ++i)
    if (name == calls[i].name) return i;
  return -1;
}

/// An entry beside the native one: what was asked by it, and what a report needs of that.
struct Entry {
  const char* name;  ///< of its attempt
  int tried = 0, refused = 0, reached = 0;
  int shown = 0;
  const char* sample_call = nullptr;  ///< one that is refused by both, best by SIGSYS
  const Reply* sample = nullptr;
  Reply sample_native;
};

inline constexpr int few = 3;  // that an ordinary report names

/// What is reported beside the attempts: each answer, and for a process without a filter nothing more.
struct Asked {
  bool map, filtered;
};

inline Text words(const char* name, const char* entry, const Reply& native) {
  return Text(name, " by ", entry, "; natively ", answer(native));
}

inline void report(std::string_view attempt_name, const Text& call, const Reply& reply) {
  if (reply.signal != 0)
    attempt(attempt_name, call, signal_name(reply.signal));
  else
    attempt(attempt_name, call, reply.result);
}

/// What the native entry answered to the call that is this one there; null for what natively is none.
inline const Reply* native_reply(const Board& board, const char* name) {
  if (counterpart(name).empty()) return nullptr;
  int native = find(native_calls, counterpart(name));
  if (native < 0) native = find(native_calls, without_width(name));
  return native < 0 ? nullptr : &board.native[native];
}

/// Only these can be reached by another entry alone.
inline bool refused_natively(const Board& board, const char* name) {
  const Reply* native = native_reply(board, name);
  return native != nullptr && is_one_of(refusals, *native);
}

/// Does the filter stand in the way natively, and not by this entry? Counts it.
inline bool compare(Entry& entry, const Board& board, const char* name, const Reply& reply) {
  if (!reply.made) return false;
  ++entry.tried;
  if (!refused_natively(board, name)) return false;
  const Reply& native = *native_reply(board, name);
  ++entry.refused;
  if (is_one_of(let_in, reply)) {
    ++entry.reached;
    entry.sample_native = native;
    return true;
  }
  if (!is_one_of(refusals, reply)) return false;  // neither: it tells nothing
  if (entry.sample == nullptr || (reply.signal == SIGSYS && entry.sample->signal != SIGSYS)) {
    entry.sample_call = name;
    entry.sample = &reply;
    entry.sample_native = native;
  }
  return false;
}

inline void say_how_many(const Entry& entry) {
  step(Text(entry.tried, " calls by ", entry.name, ", ", entry.refused, " of them refused natively, ",
            entry.reached, " reached all the same"),
       entry.reached > 0 ? "ok" : "no effect");
}

/// Reports the calls that are reached by an entry alone, or, where there are none, one that is refused by
/// both.
template <int size>
void judge(const char* name, const Board& board, const Reply* replies, const SystemCallNumber (&calls)[size],
           Asked asked) {
  if (!asked.filtered) return;
  Entry entry{name};
  for (int i = 0; i < size; ++i)
    if (compare(entry, board, calls[i].name, replies[i]) && (asked.map || entry.shown++ < few))
      report(name, words(calls[i].name, name, entry.sample_native), replies[i]);
  if (entry.reached == 0 && entry.sample != nullptr)
    report(name, words(entry.sample_call, name, entry.sample_native), *entry.sample);
  say_how_many(entry);
}

}  // namespace probe
