#include "conversation.h"

#include <poll.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace escapement {
namespace {

using nlohmann::json;

bool is(const json& line, const char* member) {
  return line.is_object() && line.contains(member) && line[member].is_string();
}

std::string text(const json& line, const char* member) {
  return is(line, member) ? line[member].get<std::string>() : "";
}

std::optional<SystemCall> call_of(const json& line) {
  for (const bool i386 : {false, true})
    if (const auto number = line.find(i386 ? "i386" : "syscall");
        number != line.end() && number->is_number_integer())
      return SystemCall{number->get<long>(), i386};
  return std::nullopt;
}

std::string shortened(const std::string& line) {
  return line.size() <= 80 ? line : line.substr(0, 77) + "...";
}

}  // namespace

bool Conversation::send(const std::string& line) {
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = write(to_, line.data() + sent, line.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;  // EPIPE: it has ended, which the next read tells
    sent += std::size_t(n);
  }
  return true;
}

bool Conversation::receive(std::string& line, Record& record) {
  const auto deadline = std::min(end_, Clock::now() + patience_);
  for (;;) {
    const std::size_t end = pending_.find('\n');
    if (end != std::string::npos) {
      line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return true;
    }
    if (received_ > most_bytes) {
      record.trouble = "it flooded its output";
      return false;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd fd{from_, POLLIN, 0};
    const int ready = left > 0 ? poll(&fd, 1, int(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      record.trouble =
          Clock::now() < end_ ? "it was silent until its time was up" : "it spoke until its time was up";
      return false;
    }
    char buffer[4096];
    const ssize_t n = read(from_, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      record.trouble = "it ended without a claim";
      return false;
    }
    pending_.append(buffer, std::size_t(n));
    received_ += std::size_t(n);
  }
}

bool Conversation::greet(const std::string& nonce, const std::string& probe, Record& record) {
  send("escapement 1 " + nonce + " " + probe + "\n");
  std::string line;
  if (!receive(line, record)) return false;
  const json hello = json::parse(line, nullptr, false);
  greeted_ = Clock::now();
  if (text(hello, "hello") == nonce && text(hello, "probe") == probe) return true;
  record.trouble = "its greeting is wrong: " + shortened(line);
  return false;
}

bool Conversation::attack(const std::string& order, Record& record) {
  send("order " + order + "\n");
  for (std::string line; receive(line, record);) {
    const json said = json::parse(line, nullptr, false);
    if (is(said, "step") && is(said, "result")) {
      record.steps.push_back({.call = text(said, "step"),
                              .result = text(said, "result"),
                              .attempt = text(said, "attempt"),
                              .made = call_of(said)});
    } else if (is(said, "saw")) {
      record.saw.push_back(text(said, "saw"));
    } else if (is(said, "claim")) {
      record.claim = text(said, "claim");
      record.claim_reason = text(said, "reason");
      record.absent = said.contains("absent") && said["absent"] == true;
      return true;
    } else {
      record.trouble = "it said what is not in the protocol: " + shortened(line);
      return false;
    }
  }
  return false;
}

void Conversation::end() { send("end\n"); }

}  // namespace escapement
