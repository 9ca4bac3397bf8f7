// The only source that includes toml++: its headers take longer to compile than all the rest of the profile.

#include "profile_tree.h"

#include <isolator/profile.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace isolator {
namespace {

struct Converter {
  std::shared_ptr<const std::string> origin;
  const Place* instead;

  Place place(const toml::source_position& at) const {
    return instead ? *instead : Place{origin, at.line, at.column};
  }

  Node node(const toml::node& from) const {
    Node to{{}, place(from.source().begin)};
    if (const auto* text = from.as_string())
      to.value = text->get();
    else if (const auto* integer = from.as_integer())
      to.value = integer->get();
    else if (const auto* number = from.as_floating_point())
      to.value = number->get();
    else if (const auto* boolean = from.as_boolean())
      to.value = boolean->get();
    else if (const toml::array* array = from.as_array())
      to.value = list(*array);
    else if (const toml::table* entries = from.as_table())
      to.value = table(*entries);
    else if (const auto* date = from.as_date())
      to.value = Node::Date{date->get().year, date->get().month, date->get().day};
    else
      to.value = Node::Date{};
    return to;
  }

  Node::List list(const toml::array& from) const {
    Node::List to;
    for (const toml::node& element : from) to.push_back(node(element));
    return to;
  }

  // toml++ sorts by key; the first error that is reported should be the first in the file.
  Node::Table table(const toml::table& from) const {
    std::vector<std::pair<toml::source_position, Node::Entry>> entries;
    for (const auto& [key, value] : from)
      entries.push_back(
          {key.source().begin, {std::string(key.str()), place(key.source().begin), node(value)}});
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    Node::Table to;
    for (auto& [position, entry] : entries) to.push_back(std::move(entry));
    return to;
  }
};

// Where a string ends that begins at `at` with one or three quotes; npos where it does not, which toml++
// reports.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool lines = text.substr(at).starts_with(three);
  for (at += lines ? 3 : 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (!lines) {
      if (text[at] == quote) return at + 1;
      if (text[at] == '\n') return text.npos;
    } else if (text.substr(at).starts_with(three)) {
      at += 3;
      for (int more = 0; more < 2 && at < text.size() && text[at] == quote; ++more) ++at;  // of the content
      return at;
    }
  }
  return text.npos;
}

// The first byte that is not ASCII outside of comments and strings, where TOML has none; npos: there is none.
// On some of them toml++ 3.3 runs into code that it has declared unreachable
// (is_non_ascii_horizontal_whitespace).
std::size_t find_stray(std::string_view text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::size_t at = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  while (at < text.size()) {
    if (static_cast<unsigned char>(text[at]) >= 0x80) return at;
    if (text[at] == '#')
      at = text.find('\n', at);
    else if (text[at] == '"' || text[at] == '\'')
      at = end_of_string(text, at);
    else
      ++at;
  }
  return text.npos;
}

// As toml++ counts: lines and code points from 1.
toml::source_position position(std::string_view text, std::size_t at) {
  toml::source_position out{1, 1};
  for (const char c : text.substr(0, at)) {
    if (c == '\n')
      out = {out.line + 1, 1};
    else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      ++out.column;
  }
  return out;
}

}  // namespace

Node parse_toml(std::string_view text, const std::string& origin, const Place* instead) {
  const Converter convert{std::make_shared<const std::string>(origin), instead};
  if (const std::size_t at = find_stray(text); at != text.npos)
    fail(convert.place(position(text, at)), "toml",
         "a character that is not ASCII; expected it in a string or a comment");
  try {
    return convert.node(toml::parse(text));
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    std::replace(what.begin(), what.end(), '\n', ' ');
    fail(convert.place(error.source().begin), "toml", what);
  }
}

std::string_view kind(const Node& node) {
  constexpr std::string_view kinds[] = {"a string", "an integer", "a float", "a boolean",
                                        "a list",   "a table",    "a date"};
  return kinds[node.value.index()];
}

const Node* find(const Node& table, std::string_view key) {
  if (const Node::Table* entries = table.as<Node::Table>())
    for (const Node::Entry& entry : *entries)
      if (entry.key == key) return &entry.value;
  return nullptr;
}

Node* find(Node& table, std::string_view key) { return const_cast<Node*>(find(std::as_const(table), key)); }

const Node* at(const Node& tree, std::string_view dotted) {
  const Node* node = &tree;
  while (node != nullptr && !dotted.empty()) {
    const std::size_t dot = std::min(dotted.find('.'), dotted.size());
    node = find(*node, dotted.substr(0, dot));
    dotted.remove_prefix(std::min(dot + 1, dotted.size()));
  }
  return node;
}

bool same(const Node& a, const Node& b) {
  if (a.value.index() != b.value.index()) return false;
  if (const Node::List* list = a.as<Node::List>())
    return std::equal(list->begin(), list->end(), b.as<Node::List>()->begin(), b.as<Node::List>()->end(),
                      same);
  if (const Node::Table* table = a.as<Node::Table>())
    return table->size() == b.as<Node::Table>()->size() &&
           std::all_of(table->begin(), table->end(), [&](const Node::Entry& entry) {
             const Node* other = find(b, entry.key);
             return other != nullptr && same(entry.value, *other);
           });
  if (const std::string* text = a.as<std::string>()) return *text == *b.as<std::string>();
  if (const std::int64_t* integer = a.as<std::int64_t>()) return *integer == *b.as<std::int64_t>();
  if (const double* number = a.as<double>()) return *number == *b.as<double>();
  if (const bool* boolean = a.as<bool>()) return *boolean == *b.as<bool>();
  return false;
}

bool contains(const Node& list, const Node& element) {
  const Node::List& elements = *list.as<Node::List>();
  return std::any_of(elements.begin(), elements.end(), [&](const Node& one) { return same(one, element); });
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04X", unsigned(c) & 0xff);
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += escape;
    else
      out += c;
  }
  return out + "\"";
}

std::string choice(std::span<const std::string_view> words) {
  std::string out(words.size() > 1 ? "one of " : "");
  for (const std::string_view& word : words) {
    out += word;
    if (&word != &words.back()) out += ", ";
  }
  return out;
}

void fail(const Place& place, std::string_view key, std::string_view what) {
  std::ostringstream out;
  if (place.origin) out << *place.origin;
  if (place.line != 0) out << ':' << place.line << ':' << place.column;
  out << ": " << key << ": " << what;
  throw ProfileError(out.str());
}

}  // namespace isolator
