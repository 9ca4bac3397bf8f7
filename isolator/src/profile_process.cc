// [process]

#include "profile_read.h"
#include "profile_values.h"
#include "units.h"

#include <isolator/paths.h>
#include <linux/ioprio.h>
#include <sys/personality.h>

#include <climits>

namespace isolator {
namespace {

// As personality(2) names them, without the domains of other systems, which Linux has no more.
constexpr std::pair<std::string_view, unsigned long> personalities[] = {
    {"addr_compat_layout", ADDR_COMPAT_LAYOUT},
    {"addr_limit_32bit", ADDR_LIMIT_32BIT},
    {"addr_limit_3gb", ADDR_LIMIT_3GB},
    {"addr_no_randomize", ADDR_NO_RANDOMIZE},
    {"linux32", PER_LINUX32},
    {"mmap_page_zero", MMAP_PAGE_ZERO},
    {"read_implies_exec", READ_IMPLIES_EXEC},
    {"short_inode", SHORT_INODE},
    {"sticky_timeouts", STICKY_TIMEOUTS},
    {"uname26", UNAME26},
    {"whole_seconds", WHOLE_SECONDS},
};

constexpr std::pair<std::string_view, bool Inherit::*> inherited[] = {
    {"descriptors", &Inherit::descriptors},
    {"environment", &Inherit::environment},
};

[[noreturn]] void refuse(const Node& node, std::string_view name, const std::string& expected) {
  fail(node.place, "process." + std::string(name), in_quotes(text(node)) + "; expected " + expected);
}

// "idle", "best-effort/4", "realtime/0": ionice(1)'s classes, ioprio_set(2)'s levels.
int ioprio(const Node& node) {
  const std::string& written = text(node);
  constexpr int idle = IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT;
  if (written == "idle") return idle;
  const std::size_t slash = written.find('/');
  const std::string word = written.substr(0, slash);
  const int io_class = word == "best-effort" ? IOPRIO_CLASS_BE : word == "realtime" ? IOPRIO_CLASS_RT : -1;
  const std::optional<std::uint64_t> level =
      slash == std::string::npos ? std::nullopt : parse_unsigned(written.substr(slash + 1));
  if (io_class < 0 || !level || *level >= IOPRIO_NR_LEVELS)
    refuse(node, "ioprio", "\"idle\", \"best-effort/LEVEL\" or \"realtime/LEVEL\", levels 0 to 7");
  return io_class << IOPRIO_CLASS_SHIFT | int(*level);
}

void read_name(const Node& section, std::string_view key, std::string& out) {
  read(section, key, out);
  if (out.size() > HOST_NAME_MAX)  // __NEW_UTS_LEN of the kernel
    fail(find(section, key)->place, "process." + std::string(key),
         std::to_string(out.size()) + " bytes; expected at most " + std::to_string(HOST_NAME_MAX));
}

std::optional<int> number(const Node& section, std::string_view key, int least, int most) {
  const Node* node = find(section, key);
  if (node == nullptr) return std::nullopt;
  const std::int64_t value = *node->as<std::int64_t>();
  if (value < least || value > most)
    fail(node->place, "process." + std::string(key),
         std::to_string(value) + "; expected " + std::to_string(least) + " to " + std::to_string(most));
  return int(value);
}

}  // namespace

void read_process(const Node& section, Process& process) {
  read_name(section, "hostname", process.hostname);
  read_name(section, "domainname", process.domainname);
  if (const Node* wall = find(section, "wall")) {
    process.wall = parse_duration(text(*wall));
    if (!process.wall || process.wall->count() == 0)
      refuse(*wall, "wall", "a time above 0 with a unit, such as \"500ms\", \"10s\", \"2m\" or \"1h\"");
  }
  read(section, "cwd", process.cwd);
  if (!process.cwd.starts_with('/')) refuse(*find(section, "cwd"), "cwd", "an absolute path inside");
  if (const Node* umask = find(section, "umask")) process.umask = octal(*umask, "process.umask", 0777);
  if (const Node* list = find(section, "inherit"))
    for (const Node& each : *list->as<Node::List>())
      process.inherit.*one_of(each, "process.inherit", inherited) = true;
  read(section, "no_new_privs", process.no_new_privs);
  read(section, "new_session", process.new_session);
  read(section, "new_keyring", process.new_keyring);
  read(section, "terminal", process.terminal);
  bool init = false;
  read(section, "init", init);
  if (init) process.init = init_path();
  process.nice = number(section, "nice", -20, 19);
  if (const Node* node = find(section, "ioprio")) process.ioprio = ioprio(*node);
  if (const Node* list = find(section, "processors"))
    for (const Node& each : *list->as<Node::List>())
      process.processors.push_back(unsigned(integer(each, "process.processors", 0, 1023)));  // CPU_SETSIZE
  process.oom_score_adj = number(section, "oom_score_adj", -1000, 1000);
  if (const Node* list = find(section, "personality"))
    for (const Node& each : *list->as<Node::List>())
      process.personality = process.personality.value_or(0) | personality(each, "process.personality");
}

unsigned long personality(const Node& node, std::string_view key) { return one_of(node, key, personalities); }

}  // namespace isolator
