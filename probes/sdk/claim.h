#pragma once

#include <initializer_list>
#include <string_view>

#include "text.h"

namespace probe {

/// Apart from the member that it is the default of, whose array would not live long enough (CWG 1815).
inline constexpr std::initializer_list<const char*> just_ok = {"ok"};

/// A call that decides: what the kernel answers where the sandbox holds, and where it does not. Often an
/// error passes: EINVAL for a value that no clock takes shows that the caller was allowed to set the clock.
struct Attempt {
  const char* name;
  std::initializer_list<const char*> denials;           ///< errno names, signal names, "no effect"
  std::initializer_list<const char*> passes = just_ok;  ///< the same, and "ok"
  std::initializer_list<const char*> absent = {};       ///< what a kernel says that has no such thing at all
  /// The namespace that it is about: "pid", "net", ..., or "session", or the process "group". Where that is
  /// not the host's, a pass reaches nobody outside and counts as a denial. Null: none.
  const char* scope = nullptr;
};

/// What a probe claims. The number is its exit status.
enum class Claim { contained = 0, escaped = 10, undecided = 77 };
std::string_view name(Claim claim);

/// The claim that follows from the attempts that were made, and from nothing else:
/// escaped if one passed; contained if there was one and each was denied as declared; otherwise undecided.
class Tally {
 public:
  /// `shares(NAME)`: is this namespace of the process the host's?
  template <typename Shares>
  void count(std::initializer_list<Attempt> declared, std::string_view attempt, std::string_view call,
             std::string_view result, Shares shares) {
    const Attempt* found = find(declared, attempt);
    count(found, attempt, call, result, found == nullptr || found->scope == nullptr || shares(found->scope));
  }

  /// The attack ended too early: what was denied so far is no containment any more.
  void cut_short(std::string_view reason);

  Claim claim() const;
  /// One clause for a person: which call decided, and how.
  Text reason() const;

 private:
  static const Attempt* find(std::initializer_list<Attempt> declared, std::string_view name);
  void count(const Attempt* found, std::string_view attempt, std::string_view call, std::string_view result,
             bool reaches_out);

  unsigned made_ = 0;
  Text passed_, denied_, other_;  // what to say of them; empty: there was none
  Text summary_;                  // all that were denied, in a few words
};

}  // namespace probe
