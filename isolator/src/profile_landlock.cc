// [landlock], [[landlock.paths]] and [[landlock.ports]]

#include "landlock.h"
#include "profile_read.h"
#include "profile_values.h"

namespace isolator {
namespace {

using Rights = Landlock::Rights;

const LandlockRight& right(const Node& node, std::string_view key) {
  std::vector<std::string_view> known;
  for (const LandlockRight& each : landlock_rights()) {
    if (each.word == text(node)) return each;
    known.push_back(each.word);
  }
  fail(node.place, key, in_quotes(text(node)) + "; expected " + choice(known));
}

Rights read_rights(const Node& list, std::string_view key) {
  Rights out;
  for (const Node& element : *list.as<Node::List>()) {
    const LandlockRight& one = right(element, key);
    out.*one.kind |= one.bit;
  }
  return out;
}

const Node& required(const Node& entry, std::string_view section, std::string_view name,
                     std::string_view expected) {
  if (const Node* node = find(entry, name)) return *node;
  fail(entry.place, std::string(section) + "." + std::string(name),
       "missing; expected " + std::string(expected));
}

// The rights of a rule: of its kind, and of those that are handled, as the kernel refuses any other.
std::uint64_t access(const Node& entry, std::string_view section, std::uint64_t Rights::*kind,
                     const Rights& handled) {
  const Node& list = required(entry, section, "access", "a list of rights");
  std::string key(section);
  key += ".access";
  std::uint64_t out = 0;
  for (const Node& element : *list.as<Node::List>()) {
    const LandlockRight& one = right(element, key);
    if (one.kind != kind)
      fail(element.place, key,
           in_quotes(one.word) +
               (kind == &Rights::files ? "; expected a right to files" : "; expected a right to ports"));
    if (!(handled.*kind & one.bit))
      fail(element.place, key, in_quotes(one.word) + " is allowed to all; expected it in landlock.handled");
    out |= one.bit;
  }
  if (out == 0) fail(list.place, key, "empty; expected at least one right");
  return out;
}

}  // namespace

Landlock read_landlock(const Node& section) {
  Landlock out;
  if (const Node* handled = find(section, "handled"))
    out.handled = read_rights(*handled, "landlock.handled");
  else
    for (const LandlockRight& each : landlock_rights())
      if (each.kind == &Rights::files) out.handled.files |= each.bit;
  if (const Node* optional = find(section, "optional"))
    out.optional = read_rights(*optional, "landlock.optional");

  if (const Node* list = find(section, "paths"))
    for (const Node& entry : *list->as<Node::List>()) {
      const Node& path = required(entry, "landlock.paths", "path", "a path inside");
      if (!text(path).starts_with('/'))
        fail(path.place, "landlock.paths.path", in_quotes(text(path)) + "; expected a path inside, from /");
      out.paths.push_back({text(path), access(entry, "landlock.paths", &Rights::files, out.handled)});
    }
  if (const Node* list = find(section, "ports"))
    for (const Node& entry : *list->as<Node::List>()) {
      const Node& port = required(entry, "landlock.ports", "port", "the number of a TCP port");
      out.ports.push_back({std::uint16_t(integer(port, "landlock.ports.port", 0, 65535)),
                           access(entry, "landlock.ports", &Rights::ports, out.handled)});
    }
  return out;
}

void landlock_right(const Node& node, std::string_view key) { right(node, key); }

}  // namespace isolator
