#include "settings.h"

#include <isolator/profile.h>

#include "profile_keys.h"
#include "profile_read.h"
#include "profile_values.h"
#include "syscall_groups.h"

#include <algorithm>

namespace isolator {
namespace {

enum class Operation { set, append, remove };

struct Setting {
  std::string key;  ///< dotted
  Operation operation;
  std::string value;
  Place place;
};

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Setting parse(const std::string& text) {
  std::string shown = text;  // an error is one line, whatever the setting holds
  const auto breaks_the_line = [](unsigned char c) { return c < 0x20; };
  std::replace_if(shown.begin(), shown.end(), breaks_the_line, ' ');
  Setting out{"", Operation::set, "", {std::make_shared<const std::string>("--set " + shown)}};
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw ProfileError(*out.place.origin + ": not a setting; expected key=value, list+=value or list-=value");
  std::string_view key = std::string_view(text).substr(0, equals);
  if (key.ends_with('+')) out.operation = Operation::append;
  if (key.ends_with('-')) out.operation = Operation::remove;
  if (out.operation != Operation::set) key.remove_suffix(1);
  out.key = trim(key);
  out.value = trim(std::string_view(text).substr(equals + 1));
  return out;
}

/// TOML where it is TOML, else text: a shell takes quotes away, and `limits.pids=max` should not need two
/// kinds of them. What begins like a list, a table or a string must be one, so that a missing bracket does
/// not turn it into a word.
Node parse_value(const Setting& setting, bool takes_text) {
  Node as_text{setting.value, setting.place};
  const bool must_be_toml =
      !setting.value.empty() && std::string_view("[{\"'").find(setting.value[0]) != std::string_view::npos;
  try {
    Node tree = parse_toml("value = " + setting.value, *setting.place.origin, &setting.place);
    Node::Table& entries = *tree.as<Node::Table>();
    if (entries.size() != 1) return as_text;  // a line break, and more TOML after it
    Node value = std::move(entries[0].value);
    const bool scalar = !value.as<Node::List>() && !value.as<Node::Table>() && !value.as<std::string>();
    return takes_text && scalar ? as_text : value;
  } catch (const ProfileError&) {
    if (must_be_toml) throw;
    return as_text;
  }
}

Node& child(Node& table, const std::string& key, const Place& place, Node fresh) {
  if (Node* there = find(table, key)) return *there;
  fresh.place = place;
  table.as<Node::Table>()->push_back({key, place, std::move(fresh)});
  return table.as<Node::Table>()->back().value;
}

/// The value at the dotted key, made as `fresh` where it is missing, with its sections.
Node& reach(Node& tree, const Setting& setting, Node fresh) {
  const std::string& key = setting.key;
  Node* table = &tree;
  std::size_t begin = 0;  // of what is not a section: the name of a variable may hold dots
  for (std::size_t dot; (dot = key.find('.', begin)) != std::string::npos && find_section(key.substr(0, dot));
       begin = dot + 1)
    table = &child(*table, key.substr(begin, dot - begin), setting.place, {Node::Table{}, {}});
  return child(*table, key.substr(begin), setting.place, std::move(fresh));
}

/// An element that no profile could hold is a slip, and removing it would leave there what was meant to go.
void check_element(const Node& element, const std::string& key) {
  check_element_shape(element, key);
  if (key == "claims") claim(element, key);
  if (key == "root.masked_paths" || key == "root.read_only_paths") inside(element, key);
  if (key == "namespaces.new") ns(element, key);
  if (key == "identity.groups") id(element, key);
  if (key == "identity.uid_map" || key == "identity.gid_map") id_range(element, key);
  if (key == "capabilities.keep" || key == "capabilities.drop") capability(element, key);
  if (key == "capabilities.securebits") securebit(element, key);
  if (key == "process.personality") personality(element, key);
  if (key == "landlock.handled" || key == "landlock.optional") landlock_right(element, key);
  if (key == "limits.io.max") disk(element, key);
  if (key == "limits.devices") device(element, key);
  if (key == "seccomp.allow" || key == "seccomp.deny") call_or_group(element, key);
  if (!element.as<Node::Table>()) return;
  if (element.as<Node::Table>()->empty())
    fail(element.place, key, "an empty table; expected at least one key to know the entry by");
  if (key == "mounts") {
    if (const Node* type = find(element, "type")) mount_type(*type);
    if (const Node* target = find(element, "target")) inside(*target, "mounts.target");
  } else if (key == "seccomp.rules") {
    if (const Node* call = find(element, "syscall"))
      check_syscall(*call, "seccomp.rules.syscall", text(*call));
    if (const Node* what = find(element, "action")) action(*what, "seccomp.rules.action");
  }
}

bool is_selected(const Node& element, const Node& by) {
  const Node::Table* keys = by.as<Node::Table>();
  if (keys == nullptr) return same(element, by);
  return std::all_of(keys->begin(), keys->end(), [&](const Node::Entry& entry) {
    const Node* value = find(element, entry.key);
    return value != nullptr && same(*value, entry.value);
  });
}

/// Does `kept`, which stays in the list, bring back what was removed?
bool covers(const Node& kept, const Node& removed, const std::string& key) {
  if (!kept.as<std::string>() || !removed.as<std::string>()) return false;
  if (key == "claims")
    return text(kept) == "*" || text(kept) == text(removed).substr(0, text(removed).find('.')) + ".*";
  if (key == "capabilities.keep") return text(kept) == "*";
  if (key != "seccomp.allow" && key != "seccomp.deny") return false;
  const SyscallGroup* group = find_syscall_group(text(kept));
  return group != nullptr &&
         std::find(group->calls.begin(), group->calls.end(), text(removed)) != group->calls.end();
}

bool is_dropped(const Node& tree, const Node& capability) {
  const Node* drop = at(tree, "capabilities.drop");
  return drop != nullptr && contains(*drop, capability);
}

void append(Node& tree, const Setting& setting, const Node& element) {
  Node& list = reach(tree, setting, {Node::List{}, {}});
  if (setting.key == "capabilities.keep") {
    if (is_dropped(tree, element))
      fail(setting.place, setting.key,
           in_quotes(text(element)) +
               " is in capabilities.drop; expected capabilities.drop-=" + text(element));
    if (contains(list, {std::string("*"), {}})) return;
  }
  if (!contains(list, element)) list.as<Node::List>()->push_back(element);
}

void remove(Node& tree, const Setting& setting, const Node& element) {
  if (at(tree, setting.key) == nullptr) return;
  Node::List& list = *reach(tree, setting, {}).as<Node::List>();
  std::erase_if(list, [&](const Node& one) { return is_selected(one, element); });
  for (const Node& kept : list) {
    if (!covers(kept, element, setting.key)) continue;
    if (setting.key == "capabilities.keep" && is_dropped(tree, element)) continue;
    std::string expected = "the list to name its elements one by one";
    if (setting.key == "capabilities.keep") expected = "capabilities.drop+=" + text(element);
    if (setting.key == "seccomp.allow") expected = "seccomp.deny+=" + text(element);
    if (setting.key == "seccomp.deny") expected = "seccomp.allow+=" + text(element);
    fail(setting.place, setting.key,
         in_quotes(text(kept)) + " stays, and holds " + in_quotes(text(element)) + "; expected " + expected);
  }
}

}  // namespace

void apply_setting(Node& tree, const std::string& text) {
  const Setting setting = parse(text);
  const Key* key = find_key(setting.key);
  const Section* section = find_section(setting.key);
  if (key == nullptr && section == nullptr)
    throw ProfileError(*setting.place.origin + ": unknown key " + setting.key + key_suggestion(setting.key));
  if (section != nullptr && !section->repeats)
    fail(setting.place, setting.key, "a section; expected one of its keys");
  if (key != nullptr && !key->section.empty() && find_section(key->section)->repeats) {
    const std::string entries(key->section);
    fail(setting.place, setting.key,
         "a key of [[" + entries + "]]; expected " + entries + "+={...} or " + entries + "-={...}");
  }

  const bool takes_text = key != nullptr && (key->type == Type::string || key->type == Type::strings);
  Node value = parse_value(
      setting, takes_text && !(key->type == Type::strings && setting.operation == Operation::set));
  if (setting.operation == Operation::set) {
    check_shape(value, setting.key);
    reach(tree, setting, {}) = std::move(value);
    return;
  }

  if (key != nullptr && key->type != Type::strings && key->type != Type::integers)
    fail(setting.place, setting.key, "not a list; expected key=value");
  const Node::List elements = value.as<Node::List>() ? *value.as<Node::List>() : Node::List{value};
  for (const Node& element : elements) check_element(element, setting.key);
  for (const Node& element : elements)
    setting.operation == Operation::append ? append(tree, setting, element) : remove(tree, setting, element);
}

}  // namespace isolator
