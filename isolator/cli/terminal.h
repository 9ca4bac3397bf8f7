#pragma once

#include <isolator/fd.h>

#include <termios.h>

#include <optional>
#include <thread>

namespace isolator::cli {

/// The terminal on standard input, as it is now. Nothing where there is none.
class OuterTerminal {
 public:
  OuterTerminal();
  void make_raw() const;  ///< from now on it passes on every key as it is pressed: cfmakeraw(3)
  void restore() const;

 private:
  std::optional<termios> before_;
};

/// A pseudo-terminal of the size of the one on standard input: pty(7). Input from inside cannot be pushed
/// into the caller's (TIOCSTI, CVE-2017-5226).
class PseudoTerminal {
 public:
  PseudoTerminal();  ///< throws std::system_error
  ~PseudoTerminal();
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  int inside() const { return inside_.get(); }

  /// Gives this process's end of what is inside away, and copies standard input to it and what it shows to
  /// standard output, until nobody has it open any more.
  void begin();
  /// Waits for that.
  void end();

  /// Takes over the window size of standard input.
  void resize() const;

 private:
  Fd outside_, inside_;
  std::thread relay_;
};

}  // namespace isolator::cli
