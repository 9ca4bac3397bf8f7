#pragma once

#include "record.h"

#include <chrono>
#include <string>

namespace escapement {

/// The harness's end of the pipes to a probe; docs/probe-protocol.md. The probe is not trusted: what it sends
/// is bounded in size and time, and what is not in the protocol is trouble.
class Conversation {
 public:
  /// `to` and `from` are the pipe ends, still the caller's. The probe may be silent for `patience`, and take
  /// ten times as long for all that it says.
  Conversation(int to, int from, std::chrono::milliseconds patience)
      : to_(to),
        from_(from),
        patience_(patience),
        end_(Clock::now() + 10 * patience),
        greeted_(Clock::now()) {}

  /// Sends the nonce and waits for the probe's hello. False, with record.trouble set, where it is not the
  /// right one.
  bool greet(const std::string& nonce, const std::string& probe, Record& record);

  /// Sends the order and takes steps, evidence and the claim down. False with record.trouble set, as above.
  bool attack(const std::string& order, Record& record);

  /// When it gave the right answer; before that, when this began.
  std::chrono::steady_clock::time_point greeted_at() const { return greeted_; }

  /// Lets the probe go.
  void end();

  static constexpr std::size_t most_bytes = 256 << 10;  ///< that a probe may say in all

 private:
  using Clock = std::chrono::steady_clock;
  bool send(const std::string& line);
  bool receive(std::string& line, Record& record);

  int to_, from_;
  std::chrono::milliseconds patience_;
  Clock::time_point end_, greeted_;
  std::string pending_;
  std::size_t received_ = 0;
};

}  // namespace escapement
