#pragma once

#include <initializer_list>
#include <string_view>

#include "text.h"

namespace probe {

/// A call that decides, and what the kernel answers where the sandbox holds.
struct Attempt {
  const char* name;
  std::initializer_list<const char*> denials;  ///< errno names, signal names, "no effect"
};

/// What a probe claims. The number is its exit status.
enum class Claim { contained = 0, escaped = 10, undecided = 77 };
std::string_view name(Claim claim);

/// The claim that follows from the attempts that were made, and from nothing else:
/// escaped if one passed; contained if there was one and each was denied as declared; otherwise undecided.
class Tally {
 public:
  void count(std::initializer_list<Attempt> declared, std::string_view attempt, std::string_view call,
             std::string_view result);
  /// The attack ended too early: what was denied so far is no containment any more.
  void cut_short(std::string_view reason);

  Claim claim() const;
  /// One clause for a person: which call decided, and how.
  Text reason() const;

 private:
  unsigned made_ = 0;
  Text passed_, denied_, other_;  // what to say of them; empty: there was none
  Text summary_;                  // all that were denied, in a few words
};

}  // namespace probe
