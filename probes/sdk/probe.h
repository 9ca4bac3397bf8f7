#pragma once

// A probe is one source file, which lists what it has: one attack, or a small family of them.
//
//   constinit const probe::Probes probe::probes = {
//       {.id = "kill-outside-pid",
//        ...
//        .attack = [](const Order& order) {
//          long victim = order.number("victim");
//          attempt("kill", Text("kill(", victim, ", SIGURG)"), sys(SYS_kill, victim, SIGURG));
//        }}};
//
// It does not state its claim: that follows from the attempts. docs/probe-protocol.md has the words.
//
// A probe runs anywhere: in an empty read-only root, without /proc, as nobody, behind a filter that knows
// read, write, close and exit_group and what the attack itself needs. So nothing here allocates, opens or
// asks for more.

#include <initializer_list>
#include <string_view>

#include "claim.h"
#include "fd.h"
#include "names.h"
#include "order.h"
#include "sys.h"
#include "text.h"

namespace probe {

/// What an attack on who starts it changes in the OCI bundle that it is started from.
struct Bundle {
  const char* patch = nullptr;  ///< of config.json: RFC 6902, where {root} and {directory} are the bundle's;
                                ///< null: it is started from none
  std::initializer_list<const char*> entries = {};   ///< made in its root directory: "symlink PATH TARGET",
                                                     ///< "directory PATH", "file PATH CONTENT"
  std::initializer_list<const char*> refusals = {};  ///< regular expressions of what a runtime that was
                                                     ///< mended says when it refuses to start it
};

/// What a probe says of itself, which `--describe` prints, and what it does.
struct Probe {
  const char* id;         ///< unique; that of a file with one probe is its name, without .cc
  const char* cls;        ///< "filesystem", "process", ...: the folder of its file
  const char* guarantee;  ///< "class.property": what a profile claims that this attack would break
  const char* summary;    ///< what the attack does, as a short imperative: "leave a chroot by a second one"
  const char* technique;  ///< how it works, for somebody who has not seen it before: a few sentences
  std::initializer_list<const char*> references;  ///< man pages, CVEs, addresses
  std::initializer_list<Attempt> attempts;        ///< the calls that decide
  std::initializer_list<const char*>
      witness;  ///< who looks from outside, "KIND" or "KIND ARGUMENT"; they fix the order
  std::initializer_list<const char*>
      opening;                 ///< settings that weaken `strict` so far that the probe escapes
  const char* remedy;          ///< what a profile does about it
  bool only_in_guest = false;  ///< it changes something that all of a machine feel: the harness lets it run
                               ///< in a virtual machine of its own alone
  Bundle bundle = {};          ///< what it is started from where the target takes bundles, and nowhere else
  void (*attack)(const Order& order);
};

using Probes = std::initializer_list<Probe>;
extern const Probes probes;

/// The path of what an attack makes for a moment in `directory`, "" for the root. No other attack has its
/// name, and the harness removes it from the host's /tmp, /dev/shm and / where the probe is killed before it
/// could.
Text own_path(std::string_view directory);

/// A call as strace would print it, and what the kernel answered.
struct Call {
  Text text;
  Result result;
};

/// Reports a call that prepares the attack, and hands its result back:
/// Fd root(step("open(\"/\")", sys(SYS_openat, ...))).
Result step(std::string_view call, Result result);
void step(std::string_view call, std::string_view result);
inline Result step(const Call& call) { return step(call.text, call.result); }

/// Reports a call that decides. `name` is one of `self.attempts`; `result` may be "no effect" or a signal's
/// name.
Result attempt(std::string_view name, std::string_view call, Result result);
void attempt(std::string_view name, std::string_view call, std::string_view result);
/// The same, of a call that the harness shall have seen answered as `made` says: "no effect", where a call
/// that passed showed that the attack did not.
void attempt(std::string_view name, std::string_view call, std::string_view result, const Result& made);
inline Result attempt(std::string_view name, const Call& call) {
  return attempt(name, call.text, call.result);
}

/// Shows what only a probe that got through can know. At most 200 bytes; more is cut.
void saw(std::string_view text);

/// Says in one clause why the claim is what it is, where the deciding call alone does not tell.
void because(std::string_view text);

/// Claims, and waits until the harness has looked ("end") or is gone. Called for the probe when attack()
/// returns; a probe that holds what it reached in local variables calls it before they go.
void hold();

/// Ends the attack before it reached a decision: `text` says what was missing. Claims, waits, exits.
[[noreturn]] void stop(std::string_view text);

/// The same where this sandbox has nothing that could be attacked, for a reason that is none of its defences:
/// no file of another user, where there is no other user.
[[noreturn]] void stop_for_want_of(std::string_view text);

[[noreturn]] void exit_now(int status);

}  // namespace probe
