#include "describe.h"
#include "fake.h"

constinit const probe::Probes probe::probes = {
    fake("wrong-nonce", "Greets with a nonce of its own, as a probe would that was started long before.",
         nullptr)};

int main(int count, char** arguments) {
  int answered = probe::answer_arguments(count, arguments);
  if (answered >= 0) return answered;
  probe::orders.line();
  probe::say(R"json({"hello":"0123456789abcdef0123456789abcdef","probe":"wrong-nonce","pid":1})json");
  probe::orders.line();
  probe::say_denied();
  probe::say_contained();
  probe::end_with(0);
}
