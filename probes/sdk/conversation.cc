#include "conversation.h"

namespace probe {

constinit Input orders(0);
constinit const Probe* self = nullptr;
constinit const Order* told = nullptr;
constinit Text nonce;

namespace {

// One probe, one conversation.
constinit Tally tally;
constinit Text reason;
constinit bool claimed = false, in_want = false;

std::string_view cut(std::string_view text, std::size_t length) {
  return {text.data(), text.size() < length ? text.size() : length};
}

void count(std::string_view name, std::string_view call, std::string_view result) {
  tally.count(self->attempts, name, call, result, [](std::string_view scope) { return told->shares(scope); });
}

// The number of the call lets the harness compare what is told with what it saw the kernel answer.
void write_step(std::string_view call, std::string_view result, const Result& of,
                std::string_view attempt_name) {
  Output out(1);
  out.raw("{\"step\":").quoted(call).raw(",\"result\":").quoted(result);
  if (of.number >= 0) out.raw(of.i386 ? ",\"i386\":" : ",\"syscall\":").number(of.number);
  if (!attempt_name.empty()) out.raw(",\"attempt\":").quoted(attempt_name);
  end_line(out);
}

}  // namespace

void end_line(Output& out) {
  if (!out.raw("}\n").flush()) exit_now(1);
}

void wait_for_end() {
  for (char* line = orders.line(); line != nullptr && std::string_view(line) != "end";) line = orders.line();
}

int status() { return static_cast<int>(tally.claim()); }

Text own_path(std::string_view directory) { return Text(directory, "/.escapement-", nonce); }

Result step(std::string_view call, Result result) {
  write_step(call, answer(result), result, "");
  return result;
}

void step(std::string_view call, std::string_view result) { write_step(call, result, {}, ""); }

Result attempt(std::string_view name, std::string_view call, Result result) {
  write_step(call, answer(result), result, name);
  count(name, call, answer(result));
  return result;
}

void attempt(std::string_view name, std::string_view call, std::string_view result) {
  attempt(name, call, result, {});
}

void attempt(std::string_view name, std::string_view call, std::string_view result, const Result& made) {
  write_step(call, result, made, name);
  count(name, call, result);
}

void saw(std::string_view text) {
  Output out(1);
  out.raw("{\"saw\":").quoted(cut(text, 200));
  end_line(out);
}

void because(std::string_view text) { reason = Text(text); }

void hold() {
  if (claimed) return;
  claimed = true;
  Output out(1);
  out.raw("{\"claim\":").quoted(name(tally.claim())).raw(",\"reason\":");
  out.quoted(cut(reason.empty() ? tally.reason() : reason, 200));
  if (in_want) out.raw(",\"absent\":true");
  end_line(out);
  wait_for_end();
}

void stop(std::string_view text) {
  tally.cut_short(text);
  reason = Text();
  hold();
  exit_now(status());
}

void stop_for_want_of(std::string_view text) {
  in_want = true;
  stop(text);
}

void exit_now(int status) {
  for (;;) sys(SYS_exit_group, status);
}

}  // namespace probe
