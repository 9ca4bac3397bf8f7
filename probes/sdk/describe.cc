#include "describe.h"

#include "output.h"

namespace probe {
namespace {

void member(Output& out, const char* key, const char* value) {
  out.raw(",\n ").quoted(key).raw(": ").quoted(value);
}

void list(Output& out, std::initializer_list<const char*> values) {
  out.raw("[");
  for (const char* const& each : values) out.raw(&each == values.begin() ? "" : ", ").quoted(each);
  out.raw("]");
}

void describe(Output& out, const Probe& probe) {
  out.raw("{\"id\": ").quoted(probe.id);
  member(out, "class", probe.cls);
  member(out, "guarantee", probe.guarantee);
  member(out, "summary", probe.summary);
  member(out, "technique", probe.technique);
  out.raw(",\n \"references\": ");
  list(out, probe.references);
  out.raw(",\n \"attempts\": [");
  for (const Attempt& each : probe.attempts) {
    out.raw(&each == probe.attempts.begin() ? "" : ", ").raw("{\"name\": ").quoted(each.name);
    out.raw(", \"denials\": ");
    list(out, each.denials);
    out.raw(", \"passes\": ");
    list(out, each.passes);
    out.raw(", \"absent\": ");
    list(out, each.absent);
    if (each.scope != nullptr) out.raw(", \"scope\": ").quoted(each.scope);
    out.raw("}");
  }
  out.raw("],\n \"witness\": ");
  list(out, probe.witness);
  out.raw(",\n \"opening\": ");
  list(out, probe.opening);
  member(out, "remedy", probe.remedy);
  if (probe.only_in_guest) out.raw(",\n \"only_in_guest\": true");
  if (probe.bundle.patch != nullptr) {
    out.raw(",\n \"bundle\": {\"patch\": ").raw(probe.bundle.patch);
    out.raw(",\n  \"entries\": ");
    list(out, probe.bundle.entries);
    out.raw(",\n  \"refusals\": ");
    list(out, probe.bundle.refusals);
    out.raw("}");
  }
  out.raw("}");
}

int describe() {
  Output out(1);
  for (const Probe& each : probes) {
    out.raw(&each == probes.begin() ? "[" : ",\n");
    describe(out, each);
  }
  return out.raw("]\n").flush() ? 0 : 1;
}

int help() {
  Output out(1);
  for (const Probe& each : probes) {
    out.raw(each.id).raw(": ").raw(each.summary).raw("\n\n").raw(each.technique).raw("\n\n");
    out.raw("Remedy: ").raw(each.remedy).raw("\n\n");
  }
  out.raw("This is a probe of Escapement. `escapement run --probe ").raw(probes.begin()->id);
  out.raw(
      "` starts it inside a sandbox and\njudges what it did; alone it waits for orders on its standard "
      "input.\n\n");
  out.raw("  --describe  what it is, as JSON\n  --help      this text\n");
  return out.flush() ? 0 : 1;
}

}  // namespace

int answer_arguments(int count, char** arguments) {
  if (count < 2) return -1;
  std::string_view argument = arguments[1];
  if (count == 2 && argument == "--describe") return describe();
  if (count == 2 && argument == "--help") return help();
  Output out(2);
  out.raw(probes.begin()->id)
      .raw(": ")
      .raw(argument)
      .raw(": expected --describe, --help or nothing\n")
      .flush();
  return 2;
}

}  // namespace probe
