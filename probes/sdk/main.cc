#include "conversation.h"
#include "describe.h"

namespace probe {
namespace {

constexpr std::string_view greeting = "escapement 1 ", order_word = "order ";

const Probe* find(std::string_view id) {
  for (const Probe& each : probes)
    if (id == each.id) return &each;
  return nullptr;
}

/// A nonce has up to 128 printable characters and no space.
bool is_nonce(std::string_view text) {
  for (char each : text)
    if (each <= ' ' || each > '~') return false;
  return !text.empty() && text.size() <= 128;
}

int refuse(std::string_view expected) {
  Output out(2);
  out.raw(probes.begin()->id).raw(": expected the line \"").raw(expected);
  out.raw("\" on standard input: probes are started by `escapement`; see --help\n").flush();
  return 2;
}

int converse() {
  const char* first = orders.line();
  std::string_view word(first == nullptr ? "" : first);
  if (!word.starts_with(greeting)) return refuse("escapement 1 NONCE [ID]");
  word.remove_prefix(greeting.size());
  if (std::size_t space = word.find(' '); space != word.npos) {
    self = find({word.data() + space + 1, word.size() - space - 1});
    word = {word.data(), space};
  } else if (probes.size() == 1) {
    self = probes.begin();
  }
  if (!is_nonce(word) || self == nullptr) return refuse("escapement 1 NONCE [ID]");

  nonce = Text(word);
  Output hello(1);
  hello.raw("{\"hello\":").quoted(nonce).raw(",\"probe\":").quoted(self->id);
  hello.raw(",\"pid\":").number(sys(SYS_getpid).value);
  end_line(hello);

  char* line = orders.line();
  if (line == nullptr) return static_cast<int>(Claim::undecided);  // the harness is gone
  if (!std::string_view(line).starts_with(order_word)) return refuse("order KEY=VALUE ...");
  const Order order(line + order_word.size());
  told = &order;
  if (self->only_in_guest && order.find("guest") == nullptr)
    stop_for_want_of("it runs in a guest of its own alone");
  self->attack(order);
  hold();
  return status();
}

}  // namespace
}  // namespace probe

int main(int count, char** arguments) {
  int answered = probe::answer_arguments(count, arguments);
  return answered >= 0 ? answered : probe::converse();
}
