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

int describe(const Probe& probe) {
  Output out(1);
  out.raw("{\"id\": ").quoted(probe.id);
  member(out, "class", probe.cls);
  member(out, "guarantee", probe.guarantee);
  member(out, "summary", probe.summary);
  member(out, "technique", probe.technique);
  out.raw(",\n \"references\": ");
  list(out, probe.references);
  out.raw(",\n \"attempts\": [");
  for (const Attempt& each : probe.attempts) {
    out.raw(&each == probe.attempts.begin() ? "" : ", ")
        .raw("{\"name\": ")
        .quoted(each.name)
        .raw(", \"denials\": ");
    list(out, each.denials);
    out.raw("}");
  }
  out.raw("]");
  member(out, "witness", probe.witness);
  out.raw(",\n \"opening\": ");
  list(out, probe.opening);
  member(out, "remedy", probe.remedy);
  out.raw("}\n");
  return out.flush() ? 0 : 1;
}

int help(const Probe& probe) {
  Output out(1);
  out.raw(probe.id).raw(": ").raw(probe.summary).raw("\n\n").raw(probe.technique).raw("\n\n");
  out.raw("Remedy: ").raw(probe.remedy).raw("\n\n");
  out.raw("This is a probe of Escapement. `escapement run --probe ").raw(probe.id);
  out.raw(
      "` starts it inside a sandbox and\njudges what it did; alone it waits for orders on its standard "
      "input.\n\n");
  out.raw("  --describe  what it is, as JSON\n  --help      this text\n");
  return out.flush() ? 0 : 1;
}

}  // namespace

int answer_arguments(const Probe& probe, int count, char** arguments) {
  if (count < 2) return -1;
  std::string_view argument = arguments[1];
  if (count == 2 && argument == "--describe") return describe(probe);
  if (count == 2 && argument == "--help") return help(probe);
  Output out(2);
  out.raw(probe.id).raw(": ").raw(argument).raw(": expected --describe, --help or nothing\n").flush();
  return 2;
}

}  // namespace probe
