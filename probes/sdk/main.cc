#include "conversation.h"
#include "describe.h"

namespace probe {
namespace {

constexpr std::string_view greeting = "escapement 1 ", order = "order ";

/// A nonce has up to 128 printable characters and no space.
bool is_nonce(std::string_view text) {
  for (char each : text)
    if (each <= ' ' || each > '~') return false;
  return !text.empty() && text.size() <= 128;
}

int refuse(std::string_view expected) {
  Output out(2);
  out.raw(self.id).raw(": expected the line \"").raw(expected);
  out.raw("\" on standard input: probes are started by `escapement`; see --help\n").flush();
  return 2;
}

int converse() {
  const char* first = orders.line();
  std::string_view nonce(first == nullptr ? "" : first);
  if (!nonce.starts_with(greeting)) return refuse("escapement 1 NONCE");
  nonce.remove_prefix(greeting.size());
  if (!is_nonce(nonce)) return refuse("escapement 1 NONCE");

  Output hello(1);
  hello.raw("{\"hello\":").quoted(nonce).raw(",\"probe\":").quoted(self.id);
  hello.raw(",\"pid\":").number(sys(SYS_getpid).value);
  end_line(hello);

  char* line = orders.line();
  if (line == nullptr) return static_cast<int>(Claim::undecided);  // the harness is gone
  if (!std::string_view(line).starts_with(order)) return refuse("order KEY=VALUE ...");
  attack(Order(line + order.size()));
  hold();
  return status();
}

}  // namespace
}  // namespace probe

int main(int count, char** arguments) {
  int answered = probe::answer_arguments(probe::self, count, arguments);
  return answered >= 0 ? answered : probe::converse();
}
