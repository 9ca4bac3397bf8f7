// [seccomp] and [[seccomp.rules]]

#include "profile_read.h"
#include "profile_values.h"
#include "seccomp_filter.h"
#include "syscall_groups.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace isolator {
namespace {

using Kind = Seccomp::Action::Kind;
enum class Mode { filter, strict, engine, off };

const Node::List& list(const Node& section, std::string_view name) {
  static const Node::List empty;
  const Node* node = find(section, name);
  const Node::List* found = node != nullptr ? node->as<Node::List>() : nullptr;
  return found != nullptr ? *found : empty;
}

Seccomp::Rule read_rule(const Node& node) {
  const auto required = [&](std::string_view name, std::string_view expected) -> const Node& {
    if (const Node* found = find(node, name)) return *found;
    fail(node.place, "seccomp.rules." + std::string(name), "missing; expected " + std::string(expected));
  };
  const Node& call = required("syscall", "the name of a system call");
  if (text(call).starts_with('@'))
    fail(call.place, "seccomp.rules.syscall",
         in_quotes(text(call)) + " is a group; expected the name of one call");
  Seccomp::Rule rule;
  rule.syscall = text(call);
  check_syscall(call, "seccomp.rules.syscall", rule.syscall);
  rule.action = action(required("action", "allow, log, kill or an errno name"), "seccomp.rules.action");
  for (const Node& element : list(node, "when")) {
    rule.when.push_back(comparison(element, "seccomp.rules.when"));
    const auto same_argument = [&](const Seccomp::Comparison& other) {
      return other.arg == rule.when.back().arg;
    };
    if (std::count_if(rule.when.begin(), rule.when.end(), same_argument) > 1)
      fail(element.place, "seccomp.rules.when",
           in_quotes(text(element)) +
               " compares an argument again; expected one comparison for each (libseccomp)");
  }
  return rule;
}

/// The calls of allow, deny and notify and of the groups in them.
///
/// What is named beats what a group brings along, and a rule beats both: each takes its call out of the
/// groups. An exception leaves it where it is. Two that are equally plain and disagree are a mistake, since
/// libseccomp would let one of them win without a word.
class Calls {
 public:
  explicit Calls(const Node& section) : section_(section) {
    for (const std::string_view name : {"allow", "deny", "notify"})
      for (const Node& node : list(section, name)) {
        const std::string& word = call_or_group(node, key(name));
        if (word.starts_with('@')) continue;
        const auto [entry, added] = named_.insert({word, name});
        if (!added)
          fail(node.place, key(name),
               in_quotes(word) + " is in " + key(entry->second) + " too; expected it in one of them");
      }
  }

  void add_rules(std::vector<Seccomp::Rule>& out) {
    for (const Node& node : list(section_, "rules")) {
      Seccomp::Rule rule = read_rule(node);
      const Place& place = find(node, "syscall")->place;
      if (is_exception(rule)) {
        out.push_back(std::move(rule));
        continue;
      }
      if (const auto found = named_.find(rule.syscall); found != named_.end())
        fail(place, "seccomp.rules.syscall",
             in_quotes(rule.syscall) + " is in " + key(found->second) + " too; expected it in one of them");
      for (const Seccomp::Rule& other : out)
        if (other.syscall == rule.syscall && !is_exception(other) &&
            (other.when.empty() || rule.when.empty()))
          fail(place, "seccomp.rules.syscall",
               in_quotes(rule.syscall) +
                   " has another rule, and one of the two holds always; expected conditions in both");
      ruled_.insert(rule.syscall);
      out.push_back(std::move(rule));
    }
  }

  // Its flags lie in memory: a rule about those of clone would be for nothing.
  void refuse_clone3(const std::vector<Seccomp::Rule>& rules) const {
    const auto looks_at_flags = [](const Seccomp::Rule& rule) {
      return rule.syscall == "clone" && !rule.when.empty();
    };
    if (std::none_of(rules.begin(), rules.end(), looks_at_flags)) return;
    for (const Node& node : list(section_, "allow"))
      if (text(node) == "clone3")
        fail(node.place, "seccomp.allow",
             "\"clone3\" beside a rule about the flags of clone, which it would pass by; expected it left "
             "out");
    for (const Node& node : list(section_, "rules"))
      if (text(*find(node, "syscall")) == "clone3" && text(*find(node, "action")) == "allow")
        fail(node.place, "seccomp.rules.syscall",
             "\"clone3\" beside a rule about the flags of clone, which it would pass by; expected it left "
             "out");
  }

  void add(std::string_view name, const Seccomp::Action& action, std::vector<Seccomp::Rule>& out) {
    for (const Node& node : list(section_, name)) {
      const SyscallGroup* group = find_syscall_group(text(node));
      if (group == nullptr) out.push_back({text(node), action, {}});
      if (group == nullptr) continue;
      for (const std::string_view call : group->calls) {
        const std::string word(call);
        check_syscall(node, key(name), word);
        if (named_.contains(word) || ruled_.contains(word)) continue;
        const auto [entry, added] = grouped_.insert({call, name});
        if (added) out.push_back({word, action, {}});
        if (entry->second != name)
          fail(node.place, key(name),
               in_quotes(text(node)) + " holds " + word + ", and so does a group in " + key(entry->second) +
                   "; expected " + word + " by name in one of them");
      }
    }
  }

 private:
  static std::string key(std::string_view name) { return "seccomp." + std::string(name); }

  const Node& section_;
  std::map<std::string, std::string_view> named_;  ///< call -> allow, deny or notify
  std::unordered_map<std::string_view, std::string_view> grouped_;
  std::set<std::string> ruled_;
};

Seccomp::Action action_but(const Node& node, std::string_view key, std::initializer_list<Kind> others,
                           const char* expected) {
  const Seccomp::Action read = action(node, key);
  if (std::find(others.begin(), others.end(), read.kind) != others.end())
    fail(node.place, key, in_quotes(text(node)) + " is not for this; expected " + expected);
  return read;
}

void refuse_all_but_mode(const Node& section) {
  for (const Node::Entry& entry : *section.as<Node::Table>())
    if (entry.key != "mode")
      fail(entry.place, "seccomp." + entry.key,
           "has no effect with mode = " + in_quotes(text(*find(section, "mode"))) +
               "; expected mode = \"filter\", or no such key");
}

}  // namespace

const std::string& call_or_group(const Node& node, std::string_view key) {
  if (find_syscall_group(text(node)) == nullptr) check_syscall(node, key, text(node));
  return text(node);
}

std::optional<Seccomp> read_seccomp(const Node& section) {
  constexpr std::pair<std::string_view, Mode> modes[] = {
      {"filter", Mode::filter}, {"strict", Mode::strict}, {"engine", Mode::engine}, {"off", Mode::off}};
  const Node* given = find(section, "mode");
  const Mode mode = given != nullptr ? one_of(*given, "seccomp.mode", modes) : Mode::filter;
  if (mode == Mode::strict || mode == Mode::engine) {
    refuse_all_but_mode(section);
    return Seccomp{.mode = mode == Mode::strict ? Seccomp::Mode::strict : Seccomp::Mode::engine};
  }

  Seccomp seccomp;
  Seccomp::Action denied{Seccomp::Action::Kind::fail, EPERM};
  if (const Node* node = find(section, "denied")) denied = action(*node, "seccomp.denied");
  if (const Node* node = find(section, "answer"))
    seccomp.answer = action_but(*node, "seccomp.answer", {Kind::notify, Kind::log, Kind::kill_process},
                                "allow or an errno name such as EPERM");
  if (const Node* node = find(section, "other_architectures")) {
    constexpr std::pair<std::string_view, Kind> words[] = {{"kill", Kind::kill_process},
                                                           {"allow", Kind::allow}};
    seccomp.other_architectures = {one_of(*node, "seccomp.other_architectures", words)};
  }
  if (const Node* node = find(section, "default"))
    seccomp.otherwise = action_but(*node, "seccomp.default", {Kind::notify},
                                   "allow, log, kill or an errno name such as EPERM");
  else if (mode == Mode::filter)
    fail(section.place, "seccomp.default",
         "missing; expected an action for the calls that nothing names, such as \"ENOSYS\"");

  constexpr std::size_t enough_for_most = 256;
  seccomp.rules.reserve(enough_for_most);
  Calls calls(section);
  calls.add_rules(seccomp.rules);
  calls.refuse_clone3(seccomp.rules);
  calls.add("allow", {Seccomp::Action::Kind::allow}, seccomp.rules);
  calls.add("deny", denied, seccomp.rules);
  calls.add("notify", {Kind::notify}, seccomp.rules);
  if (mode == Mode::off) return std::nullopt;  // read all the same: a mistake does not hide behind it
  return seccomp;
}

}  // namespace isolator
