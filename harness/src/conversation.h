#pragma once

#include "record.h"

#include <chrono>
#include <string>

namespace escapement {

/// The harness's end of the pipes to a probe; docs/probe-protocol.md. The probe is not trusted: what it sends
/// is bounded in size and time, and what is not in the protocol is trouble.
class Conversation {
 public:
  /// `to` and `from` are the pipe ends, still the caller's. Everything must be said by `deadline`.
  Conversation(int to, int from, std::chrono::steady_clock::time_point deadline)
      : to_(to), from_(from), deadline_(deadline) {}

  /// Sends the nonce and waits for the probe's hello. False, with record.trouble set, where it is not the
  /// right one.
  bool greet(const std::string& nonce, const std::string& probe, Record& record);

  /// Sends the order and takes steps, evidence and the claim down. False with record.trouble set, as above.
  bool attack(const std::string& order, Record& record);

  /// Lets the probe go.
  void end();

  static constexpr std::size_t most_bytes = 256 << 10;  ///< that a probe may say in all

 private:
  bool send(const std::string& line);
  bool receive(std::string& line, Record& record);

  int to_, from_;
  std::chrono::steady_clock::time_point deadline_;
  std::string pending_;
  std::size_t received_ = 0;
};

}  // namespace escapement
