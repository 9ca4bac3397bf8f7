#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isolator {

/// Where something was written: a line and column of a file, both from 1, or a setting as a whole (line 0).
struct Place {
  std::shared_ptr<const std::string> origin;
  unsigned line = 0, column = 0;
};

/// One value of a TOML document, and where it stands. A tree of our own, so that just one source needs the
/// library, and so that what a setting adds carries its place like what the file holds.
struct Node {
  struct Entry;
  struct Date {  ///< a TOML date; the year of a time, alone or with a date, is 0
    unsigned year = 0, month = 0, day = 0;
  };
  using List = std::vector<Node>;
  using Table = std::vector<Entry>;  ///< in the order of the file

  std::variant<std::string, std::int64_t, double, bool, List, Table, Date> value;
  Place place;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&value);
  }
};

struct Node::Entry {
  std::string key;
  Place place;  ///< of the key
  Node value;
};

/// Parses TOML 1.0. With `instead`, that place is given to every node and every error. Throws ProfileError.
Node parse_toml(std::string_view text, const std::string& origin, const Place* instead = nullptr);

/// "a string", "an integer", ...
std::string_view kind(const Node&);

/// The entry `key` of a table; null where it is absent. `at` follows a dotted key of at most three words.
const Node* find(const Node& table, std::string_view key);
Node* find(Node& table, std::string_view key);
const Node* at(const Node& tree, std::string_view dotted);

/// Equal in value, wherever they stand; tables in any order.
bool same(const Node&, const Node&);

/// Does the list hold an element that is the same?
bool contains(const Node& list, const Node& element);

/// `text` in double quotes, control characters escaped: an error is one line, whatever a profile holds.
std::string in_quotes(std::string_view text);

/// "a", or "one of a, b, c".
std::string choice(std::span<const std::string_view> words);

/// Throws ProfileError: `file:line:column: key: what`.
[[noreturn]] void fail(const Place&, std::string_view key, std::string_view what);

}  // namespace isolator
