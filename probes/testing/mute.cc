#include "describe.h"
#include "fake.h"

constinit const probe::Probes probe::probes = {
    fake("mute", "Exits with the status of a contained attack, without a word.", nullptr)};

int main(int count, char** arguments) {
  int answered = probe::answer_arguments(count, arguments);
  return answered >= 0 ? answered : 0;
}
