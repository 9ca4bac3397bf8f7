#include "profile_values.h"

#include "profile_keys.h"
#include "units.h"

#include <linux/securebits.h>
#include <sys/capability.h>

#include <algorithm>
#include <limits>
#include <sstream>

namespace isolator {

void read(const Node& table, std::string_view name, std::string& out) {
  if (const Node* node = find(table, name)) out = text(*node);
}

void read(const Node& table, std::string_view name, bool& out) {
  if (const Node* node = find(table, name)) out = *node->as<bool>();
}

void read(const Node& table, std::string_view name, std::vector<std::string>& out) {
  if (const Node* node = find(table, name))
    for (const Node& element : *node->as<Node::List>()) out.push_back(text(element));
}

const std::string& text(const Node& node) { return std::get<std::string>(node.value); }

std::uint64_t integer(const Node& node, std::string_view key, std::uint64_t least, std::uint64_t most) {
  const std::int64_t value = std::get<std::int64_t>(node.value);
  if (value < 0 || std::uint64_t(value) < least || std::uint64_t(value) > most)
    fail(node.place, key,
         std::to_string(value) + "; expected an integer from " + std::to_string(least) + " to " +
             std::to_string(most));
  return std::uint64_t(value);
}

std::uint64_t bytes(const Node& node, std::string_view key) {
  if (node.as<std::int64_t>()) return integer(node, key, 0, std::numeric_limits<std::int64_t>::max());
  const std::optional<std::uint64_t> size = parse_size(text(node));
  if (!size)
    fail(node.place, key,
         in_quotes(text(node)) + "; expected bytes or a size such as \"64MiB\" (B, KiB, MiB, GiB, TiB)");
  return *size;
}

std::uint64_t tmpfs_size(const Node& node, std::string_view key) {
  const std::uint64_t size = bytes(node, key);
  if (size == 0) fail(node.place, key, "0 means no limit to tmpfs(5); expected at least 1 byte");
  return size;
}

std::uint32_t id(const Node& node, std::string_view key) {
  return std::uint32_t(integer(node, key, 0, std::numeric_limits<std::uint32_t>::max() - 1));
}

IdRange id_range(const Node& node, std::string_view key) {
  using Of = IdRange::Of;
  const std::string lent = key.ends_with("gid_map") ? "subgid" : "subuid";
  std::istringstream words(text(node));
  std::string word;
  std::vector<std::uint64_t> n;
  Of of = Of::number;
  bool numbers = true;
  while (words >> word) {
    if (n.size() == 1 && (word == "self" || word == lent)) {
      of = word == "self" ? Of::caller : Of::subordinate;
      n.push_back(0);
      continue;
    }
    const std::optional<std::uint64_t> number = parse_unsigned(word);
    numbers = numbers && number && !word.starts_with("0x");
    n.push_back(number.value_or(0));
  }
  if (!numbers || n.size() != 3)
    fail(node.place, key,
         in_quotes(text(node)) + "; expected three numbers, INSIDE OUTSIDE COUNT, or \"self\" or " +
             in_quotes(lent) + " for OUTSIDE");
  if (n[2] == 0) fail(node.place, key, in_quotes(text(node)) + " maps no id; expected a count of at least 1");
  if (of == Of::caller && n[2] != 1)
    fail(node.place, key, in_quotes(text(node)) + "; expected a count of 1: self is one id");
  // The last id of 32 bits is (uid_t)-1, which no one can be; the kernel refuses a range that reaches it.
  constexpr std::uint64_t end = std::numeric_limits<std::uint32_t>::max();
  if (n[2] > end || n[0] > end - n[2] || n[1] > end - n[2])
    fail(node.place, key,
         in_quotes(text(node)) + " runs beyond the last id; expected ids up to " + std::to_string(end - 1));
  return {std::uint32_t(n[0]), std::uint32_t(n[1]), std::uint32_t(n[2]), of};
}

mode_t octal(const Node& node, std::string_view key, mode_t most) {
  const std::optional<unsigned> value = parse_octal(text(node));
  if (!value || *value > most) {
    std::ostringstream limit;
    limit << std::oct << most;
    fail(node.place, key, in_quotes(text(node)) + "; expected octal digits, at most " + limit.str());
  }
  return mode_t(*value);
}

std::string inside(const Node& node, std::string_view key) {
  const std::string& path = text(node);
  if (!path.starts_with('/'))
    fail(node.place, key, in_quotes(path) + " is not absolute; expected a path inside, from /");
  std::istringstream parts(path);
  bool below = false;
  for (std::string part; std::getline(parts, part, '/');) {
    // `..` is resolved by the kernel while the tree is still being built, so it could name something else
    // than it seems to.
    if (part == "..")
      fail(node.place, key, in_quotes(path) + " holds \"..\"; expected a path inside without it");
    below = below || (!part.empty() && part != ".");
  }
  if (!below)
    fail(node.place, key,
         in_quotes(path) + " is the root itself; expected a path below it (for the root: [root])");
  return path;
}

Ns ns(const Node& node, std::string_view key) { return one_of(node, key, namespace_names); }

Join join(const Node& node, std::string_view key) {
  const auto refuse = [&] {
    fail(node.place, key,
         in_quotes(text(node)) +
             "; expected a process such as \"4242\", namespaces of it such as \"pid,mount=4242\", or one by "
             "its path such as \"net=/run/netns/blue\"");
  };
  const std::string& written = text(node);
  const std::size_t equals = written.find('=');
  Join out;
  if (equals != std::string::npos) {
    std::istringstream words(written.substr(0, equals));
    for (std::string word; std::getline(words, word, ',');) {
      const Ns one = ns({word, node.place}, key);
      if (has(out.namespaces, one)) refuse();
      out.namespaces = out.namespaces | one;
    }
    if (out.namespaces == Ns::none) refuse();
  }
  const std::string where = equals == std::string::npos ? written : written.substr(equals + 1);
  if (where.starts_with('/')) {
    if (out.namespaces == Ns::none || written.substr(0, equals).find(',') != std::string::npos) refuse();
    out.path = where;
    return out;
  }
  const std::optional<std::uint64_t> pid = parse_unsigned(where);
  if (!pid || *pid == 0 || *pid > std::numeric_limits<pid_t>::max() || where.starts_with("0")) refuse();
  out.pid = pid_t(*pid);
  return out;
}

std::uint64_t capability(const Node& node, std::string_view key) {
  const int known = cap_max_bits();
  if (text(node) == "*") return known >= 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << known) - 1;
  std::vector<std::string> names;
  for (int bit = 0; bit < known; ++bit) {
    char* name = cap_to_name(bit);
    names.emplace_back(name != nullptr ? name : "");
    cap_free(name);
    if (names.back() == text(node)) return std::uint64_t(1) << bit;
  }
  fail(node.place, key,
       "unknown capability " + in_quotes(text(node)) +
           suggestion(text(node), names, "a name that this kernel knows, such as cap_chown, or \"*\""));
}

unsigned securebit(const Node& node, std::string_view key) {
  // keep_caps alone is not among them: execve(2) clears it.
  constexpr std::pair<std::string_view, unsigned> words[] = {
      {"noroot", SECBIT_NOROOT},
      {"noroot_locked", SECBIT_NOROOT_LOCKED},
      {"no_setuid_fixup", SECBIT_NO_SETUID_FIXUP},
      {"no_setuid_fixup_locked", SECBIT_NO_SETUID_FIXUP_LOCKED},
      {"keep_caps_locked", SECBIT_KEEP_CAPS_LOCKED},
      {"no_cap_ambient_raise", SECBIT_NO_CAP_AMBIENT_RAISE},
      {"no_cap_ambient_raise_locked", SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED},
  };
  return one_of(node, key, words);
}

const std::string& claim(const Node& node, std::string_view key) {
  const auto word = [](std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
  };
  const std::string& claimed = text(node);
  const std::size_t dot = claimed.find('.');
  const bool valid = claimed == "*" || (dot != std::string::npos && word(claimed.substr(0, dot)) &&
                                        (claimed.substr(dot + 1) == "*" || word(claimed.substr(dot + 1))));
  if (!valid) fail(node.place, key, in_quotes(claimed) + "; expected class.property, class.* or *");
  return claimed;
}

}  // namespace isolator
