// Does a profile hold known keys only, each with a value of its type? What the values mean is read elsewhere.

#include "profile_keys.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace isolator {
namespace {

/// How many letters were left out, added, replaced or swapped with their neighbour (optimal string
/// alignment).
std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), now(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

std::string with_article(Type type) {
  return (word(type).starts_with('i') ? "an " : "a ") + std::string(word(type));
}

/// Keys are free text to TOML. One that is not a plain word stays in its quotes: "root.path" at the top level
/// is not `path` of [root], and must not be taken for it.
std::string printable(std::string_view key) {
  const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return plain ? std::string(key) : in_quotes(key);
}

std::string join(std::string_view section, std::string_view key) {
  return section.empty() ? printable(key) : std::string(section) + "." + printable(key);
}

bool matches(const Node& node, Type type) {
  const bool string = node.as<std::string>(), integer = node.as<std::int64_t>();
  switch (type) {
    case Type::string:
      return string;
    case Type::boolean:
      return node.as<bool>();
    case Type::integer:
      return integer;
    case Type::integer_or_string:
      return integer || string;
    case Type::number_or_string:
      return integer || string || node.as<double>();
    case Type::strings:
    case Type::integers:
      return node.as<Node::List>();
  }
  return false;
}

// A NUL would end the text early in every system call that takes it: "/safe\0..." is not what was written.
void check_text(const Node& node, std::string_view dotted) {
  const std::string* text = node.as<std::string>();
  if (text != nullptr && text->find('\0') != std::string::npos)
    fail(node.place, dotted, in_quotes(*text) + " holds a NUL byte; expected text without one");
}

void check_table(const Node& table, std::string_view section) {
  if (!table.as<Node::Table>()) fail(table.place, section, std::string(kind(table)) + "; expected a table");
  for (const Node::Entry& entry : *table.as<Node::Table>()) {
    const std::string dotted = join(section, entry.key);
    if (find_key(dotted) == nullptr && find_section(dotted) == nullptr)
      fail(entry.place, dotted, "unknown key" + key_suggestion(dotted));
    check_shape(entry.value, dotted);
  }
}

}  // namespace

std::string suggestion(std::string_view written, std::span<const std::string> known,
                       std::string_view otherwise) {
  std::size_t fewest = 3;
  std::string_view nearest;
  for (const std::string& candidate : known)
    if (const std::size_t n = slips(written, candidate); n < fewest && n < candidate.size())
      fewest = n, nearest = candidate;
  if (!nearest.empty()) return "; did you mean " + std::string(nearest) + "?";
  return otherwise.empty() ? "" : "; expected " + std::string(otherwise);
}

std::string key_suggestion(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  const std::string_view section = dot == std::string_view::npos ? "" : dotted.substr(0, dot);
  std::vector<std::string> known;
  std::vector<std::string_view> siblings;
  for (const Key& key : profile_keys()) {
    if (key.name.empty()) continue;
    known.push_back(full_name(key));
    if (key.section == section) siblings.push_back(key.name);
  }
  for (const Section& one : profile_sections()) {
    known.emplace_back(one.name);
    if (section.empty()) siblings.push_back(one.name);
  }
  return suggestion(dotted, known, choice(siblings));
}

void check_shape(const Node& tree) { check_table(tree, ""); }

void check_shape(const Node& value, std::string_view dotted) {
  const Section* section = find_section(dotted);
  if (section != nullptr && !section->repeats) return check_table(value, dotted);

  const Key* key = find_key(dotted);
  const Node::List* list = value.as<Node::List>();
  const std::string expected =
      section ? "an array of tables, [[" + std::string(dotted) + "]]" : with_article(key->type);
  if (section ? !list : !matches(value, key->type))
    fail(value.place, dotted, std::string(kind(value)) + "; expected " + expected);
  check_text(value, dotted);
  if (list == nullptr) return;
  for (auto element = list->begin(); element != list->end(); ++element) {
    check_element_shape(*element, dotted);
    // Two equal mounts are an order to mount twice; anything else that stands twice is a slip.
    const bool again =
        std::any_of(list->begin(), element, [&](const Node& earlier) { return same(earlier, *element); });
    if (!section && again) {
      const std::string* text = element->as<std::string>();
      fail(element->place, dotted,
           (text ? in_quotes(*text) : std::to_string(*element->as<std::int64_t>())) +
               " is in the list twice; expected each once");
    }
  }
}

void check_element_shape(const Node& element, std::string_view dotted) {
  if (find_section(dotted) != nullptr) return check_table(element, dotted);
  const Key* key = find_key(dotted);
  if (key->type == Type::strings ? !element.as<std::string>() : !element.as<std::int64_t>())
    fail(element.place, dotted,
         std::string(kind(element)) + " in the list; expected a " + std::string(word(key->type)));
  check_text(element, dotted);
}

}  // namespace isolator
