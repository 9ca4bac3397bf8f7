#include "describe.h"
#include "fake.h"

constinit const probe::Probe probe::self =
    fake("mute", "Exits with the status of a contained attack, without a word.");

int main(int count, char** arguments) {
  int answered = probe::answer_arguments(probe::self, count, arguments);
  return answered >= 0 ? answered : 0;
}

void probe::attack(const Order&) {}
