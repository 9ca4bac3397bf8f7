#pragma once

#include "profile_tree.h"

#include <span>
#include <string>
#include <string_view>

namespace isolator {

/// What a key takes. The texts are in profile_keys.cc: as docs/profile.md writes them, and as an error does.
enum class Type { string, boolean, integer, integer_or_string, number_or_string, strings, integers };

/// One key of a profile. docs/profile.md has this table, word for word; a test holds the two together.
struct Key {
  std::string_view section;  ///< empty: top level; "seccomp.rules" for [[seccomp.rules]]
  std::string_view name;     ///< empty: any name, as in [environment]
  Type type;
  std::string_view
      fallback;  ///< TOML, or words in parentheses where the key is required or its absence has no value
  std::string_view meaning, see;
};

struct Section {
  std::string_view name;
  bool repeats;  ///< written [[name]], once for each entry
};

std::span<const Key> profile_keys();
std::span<const Section> profile_sections();

std::string_view word(Type);        ///< "list of strings"
std::string full_name(const Key&);  ///< "root.path"

/// The key or section with this dotted name; null where there is none.
const Key* find_key(std::string_view dotted);
const Section* find_section(std::string_view dotted);

/// "; did you mean X?" where one of `known` is at most two slips away (a letter missing, added, replaced or
/// swapped with its neighbour), else "; expected " and `otherwise`, if there is one.
std::string suggestion(std::string_view written, std::span<const std::string> known,
                       std::string_view otherwise = "");

/// The same over all keys and sections.
std::string key_suggestion(std::string_view dotted);

/// Throws ProfileError at the first key that does not exist, value of a type that its key does not take,
/// element that a list holds twice, or NUL byte.
void check_shape(const Node& tree);

/// The same for the value of one key or section.
void check_shape(const Node& value, std::string_view dotted);

/// The same for one element of a list or of an array of tables.
void check_element_shape(const Node& element, std::string_view dotted);

}  // namespace isolator
