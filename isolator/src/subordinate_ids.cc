// Ids that root has lent to a user: subuid(5), subgid(5), and the programs that are allowed to map them,
// newuidmap(1) and newgidmap(1).

#include "subordinate_ids.h"

#include "posture_words.h"
#include "programs.h"

#include <pwd.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

namespace isolator {
namespace {

// As /etc/passwd has it: a static program knows no other source of names.
std::string caller_name() {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen("/etc/passwd", "re"), std::fclose);
  while (const passwd* user = file ? fgetpwent(file.get()) : nullptr)
    if (user->pw_uid == getuid()) return user->pw_name;
  return std::to_string(getuid());
}

/// All lines of the file; with `caller`, only those about the caller, by name or by number.
std::vector<Lent> lent(const IdKind& kind, bool caller) {
  const std::string name = caller_name(), number = std::to_string(getuid());
  std::ifstream file(kind.file);
  std::vector<Lent> out;
  for (std::string line; std::getline(file, line);) {
    const std::string owner = line.substr(0, line.find(':'));
    Lent range;
    if ((!caller || owner == name || owner == number) && owner.size() < line.size() &&
        std::sscanf(line.c_str() + owner.size(), ":%lu:%lu", &range.first, &range.count) == 2)
      out.push_back(range);
  }
  return out;
}

std::string line_for(const IdKind& kind, std::uint64_t first, std::uint64_t count) {
  return "as root add the line " + caller_name() + ":" + std::to_string(first) + ":" + std::to_string(count) +
         " to " + kind.file;
}

// Beyond all that is lent already.
std::uint64_t free_ids(const IdKind& kind) {
  std::uint64_t first = 100000;  // SUB_UID_MIN of login.defs(5)
  for (const Lent& range : lent(kind, false)) first = std::max(first, range.first + range.count);
  return first;
}

// The line that is missing for a map that was refused.
std::string advice(const IdKind& kind, const std::vector<IdRange>& map) {
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
    return std::string(kind.program) + " has no privilege here: its caller has set no_new_privs";
  const std::vector<Lent> own = lent_to_caller(kind);
  for (const IdRange& line : map) {
    if (line.outside == kind.caller && line.count == 1) continue;
    const bool is_lent = std::any_of(own.begin(), own.end(), [&](const Lent& range) {
      return line.outside >= range.first &&
             line.outside + std::uint64_t(line.count) <= range.first + range.count;
    });
    if (!is_lent) return line_for(kind, line.outside, line.count);
  }
  return std::string(kind.program) + " must be set-user-ID root, or have the capability for it";
}

}  // namespace

std::vector<Lent> lent_to_caller(const IdKind& kind) { return lent(kind, true); }

IdKind user_ids() { return {"uid", "/etc/subuid", "newuidmap", geteuid()}; }
IdKind group_ids() { return {"gid", "/etc/subgid", "newgidmap", getegid()}; }

std::vector<IdRange> in_numbers(const std::vector<IdRange>& map, const IdKind& kind) {
  std::vector<Lent> left;
  std::uint64_t wanted = 0, had = 0;
  for (const IdRange& line : map)
    if (line.of == IdRange::Of::subordinate) wanted += line.count;
  if (wanted != 0) left = lent_to_caller(kind);
  for (const Lent& range : left) had += range.count;
  if (wanted > had)
    throw Error(
        Step::maps, std::to_string(wanted) + " subordinate " + kind.name + "s of " + kind.file, EPERM,
        line_for(kind, free_ids(kind), wanted - had) + ", which lends " + std::to_string(had) + " so far");

  std::vector<IdRange> out;
  auto next = left.begin();
  for (IdRange line : map) {
    if (line.of == IdRange::Of::caller) line = {line.inside, kind.caller, line.count};
    while (line.of == IdRange::Of::subordinate && line.count != 0) {  // a line may take several loans
      if (next->count == 0) ++next;
      const auto count = std::uint32_t(std::min<std::uint64_t>(line.count, next->count));
      if (count != 0) out.push_back({line.inside, std::uint32_t(next->first), count});
      line.inside += count;
      line.count -= count;
      next->first += count;
      next->count -= count;
    }
    if (line.count != 0) out.push_back(line);
  }
  return out;
}

std::string map_program(const IdKind& kind) {
  return find_program(kind.program, Step::maps,
                      "more than one's own id takes root or this program: install it (Debian: apt install "
                      "uidmap; Fedora: shadow-utils)");
}

void write_map_by(const std::string& program, const IdKind& kind, pid_t pid, const std::string& lines) {
  std::vector<std::string> argv = {program, std::to_string(pid)};
  std::istringstream numbers(lines);
  for (std::string word; numbers >> word;) argv.push_back(word);
  const Started started = start_program(std::move(argv), {}, Step::maps);
  const std::string said = started.errors();
  if (!end_program(started.pid))
    throw Error(Step::maps, said.empty() ? program : said, EPERM, advice(kind, words::parse_map(lines)));
}

}  // namespace isolator
