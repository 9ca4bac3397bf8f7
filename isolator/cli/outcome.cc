#include "outcome.h"

#include <isolator/error.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstring>

namespace isolator::cli {
namespace {

using nlohmann::ordered_json;
using std::chrono::duration_cast;
using std::chrono::microseconds;

void print(const ordered_json& line) {
  std::fprintf(stderr, "%s\n", line.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
}

std::int64_t us(std::chrono::nanoseconds time) { return duration_cast<microseconds>(time).count(); }

const char* word(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::exited:
      return "exited";
    case Outcome::Kind::signaled:
      return "signaled";
    case Outcome::Kind::timed_out:
      return "timed_out";
  }
  return "";
}

void print_bar(const char* name, std::chrono::nanoseconds time, std::chrono::nanoseconds whole) {
  constexpr int full = 40;
  const int length = whole.count() > 0 ? int(full * time.count() / whole.count()) : 0;
  std::fprintf(stderr, "  %-14s %9.1f us  %.*s\n", name, double(time.count()) / 1000, std::min(length, full),
               "########################################");
}

}  // namespace

void print_trace(const Profile& profile, const Outcome& outcome) {
  std::fprintf(stderr, "isolator: the launch of %s, step by step\n", profile.name.c_str());
  for (const auto& [step, time] : outcome.steps)
    print_bar(std::string(name(step)).c_str(), time, outcome.to_exec);
  const std::string end =
      outcome.kind == Outcome::Kind::exited     ? "exit status " + std::to_string(outcome.code)
      : outcome.kind == Outcome::Kind::signaled ? "SIG" + std::string(sigabbrev_np(outcome.code))
                                                : "its limit of time";
  for (const auto& [call, times] : outcome.notified)
    std::fprintf(stderr, "  %-14s %9lu notified\n", call.c_str(), times);
  std::fprintf(stderr, "  %.1f us to its exec, %.1f us to its end (%s), %.1f us until nothing was left\n",
               double(outcome.to_exec.count()) / 1000, double(outcome.to_exit.count()) / 1000, end.c_str(),
               double(outcome.to_gone.count()) / 1000);
}

void print_json(const Profile& profile, const Outcome& outcome) {
  ordered_json steps = ordered_json::array();
  for (const auto& [step, time] : outcome.steps) steps.push_back({{"step", name(step)}, {"us", us(time)}});
  print({{"profile", profile.name},
         {"end", word(outcome.kind)},
         {outcome.kind == Outcome::Kind::exited ? "status" : "signal", outcome.code},
         {"to_exec_us", us(outcome.to_exec)},
         {"to_exit_us", us(outcome.to_exit)},
         {"to_gone_us", us(outcome.to_gone)},
         {"steps", std::move(steps)},
         {"user_us", outcome.user.count()},
         {"system_us", outcome.system.count()},
         {"max_rss_kib", outcome.max_rss_kib},
         {"counters", outcome.counters},
         {"notified", outcome.notified}});
}

void print_json(const std::exception& e) {
  ordered_json error = {{"message", e.what()}};
  if (const auto* failed = dynamic_cast<const Error*>(&e)) {
    error["step"] = name(failed->step);
    error["object"] = failed->object;
    error["errno"] = failed->code().value();
    if (!failed->hint.empty()) error["hint"] = failed->hint;
  }
  print({{"error", std::move(error)}});
}

}  // namespace isolator::cli
