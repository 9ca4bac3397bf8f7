#pragma once

#include <sys/types.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

/// A probe that was started here, without a sandbox: the test plays the harness, over two pipes.
class Player {
 public:
  /// Starts the program; `confine` runs in its process, before it. What fails in `confine` it reports with
  /// die().
  explicit Player(const std::string& program, const std::function<void()>& confine = {});
  ~Player();  ///< ends the program
  Player(const Player&) = delete;

  pid_t pid() const { return pid_; }
  void say(const std::string& text);          ///< a newline is added
  void greet(const std::string& nonce);       ///< asks for the probe that has the name of the program
  void hang_up();                             ///< end of the program's input
  void stop_listening();                      ///< the program's output has no reader any more
  std::optional<nlohmann::json> line();       ///< the next line; nothing at the end, or after ten seconds
  std::vector<nlohmann::json> until_claim();  ///< all lines up to the claim, or to the end
  /// The exit status, 128 + the signal, or -1: still running after ten seconds.
  int status();

 private:
  std::string name_;
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::optional<int> status_;
  std::string buffer_;
};

/// A whole conversation.
struct Played {
  std::vector<nlohmann::json> lines;
  int status = -1;

  std::string claim() const;
  std::string reason() const;
  /// The result of an attempt; empty if it was not made.
  std::string result(const std::string& attempt) const;
  std::vector<std::string> saw() const;
};
Played play(const std::string& program, const std::string& order, const std::function<void()>& confine = {});

/// Pids of the children of a process, of those that have not ended.
std::vector<pid_t> children_of(pid_t parent);

/// Did the process end, within ten seconds?
bool ends(pid_t pid);

/// Is there no such file, or soon none? Waits for up to ten seconds.
bool goes(const std::string& path);

/// For `confine`: ends the process, says what failed and errno.
[[noreturn]] void die(const char* what);

/// For `confine`: gives up root, for a user that owns nothing; needs root.
void become_nobody();

/// For `confine`: a pid namespace of its own, in which the program is pid 1; needs root.
void enter_pid_namespace();

/// For `confine`: an empty read-only root, and nothing else; needs root.
void enter_empty_root();

/// The --describe of a program, and its standard output in general.
std::string output_of(const std::string& command);
