// docs/profile.md and the tables in the code say the same, word for word.

#include "profile_keys.h"
#include "syscall_groups.h"

#include <isolator/profile.h>

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace isolator {
namespace {

using testing::ElementsAreArray;

std::vector<std::string> documentation() {
  const std::filesystem::path file = std::filesystem::path(__FILE__).parent_path() / "../../docs/profile.md";
  std::ifstream in(file);
  EXPECT_TRUE(in) << file;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Rows of all tables whose heading begins with `heading`, in order, each after the section that it stands
/// in.
std::vector<std::string> rows(const std::string& heading) {
  std::vector<std::string> out;
  std::string section;
  bool inside = false;
  for (const std::string& line : documentation()) {
    if (line.starts_with("## ")) section = line.substr(3);
    if (line.starts_with(heading)) {
      inside = true;
    } else if (!line.starts_with("|")) {
      inside = false;
    } else if (inside && !line.starts_with("| ---")) {
      out.push_back(section + " " + line);
    }
  }
  return out;
}

std::string title(std::string_view section) {
  if (section.empty()) return "Top level";
  return find_section(section)->repeats ? "`[[" + std::string(section) + "]]`"
                                        : "`[" + std::string(section) + "]`";
}

TEST(ProfileDocumentation, ListsEveryKeyAndNoOther) {
  std::vector<std::string> expected;
  for (const Key& key : profile_keys()) {
    std::ostringstream row;
    row << title(key.section) << " | ";
    if (key.name.empty())
      row << "any name";
    else
      row << '`' << key.name << '`';
    row << " | " << word(key.type) << " | ";
    if (key.fallback.starts_with('('))
      row << key.fallback.substr(1, key.fallback.size() - 2);
    else
      row << '`' << key.fallback << '`';
    row << " | " << key.meaning << " | " << key.see << (key.see.empty() ? "|" : " |");
    expected.push_back(row.str());
  }
  EXPECT_THAT(rows("| key |"), ElementsAreArray(expected));
}

TEST(ProfileDocumentation, ListsEveryGroupAndNoOther) {
  std::vector<std::string> expected;
  for (const SyscallGroup& group : syscall_groups())
    expected.push_back("`[seccomp]` | `" + std::string(group.name) + "` | " + std::string(group.meaning) +
                       " |");
  EXPECT_THAT(rows("| group |"), ElementsAreArray(expected));
}

TEST(ProfileDocumentation, HoldsExamplesThatAreAccepted) {
  std::string example;
  unsigned examples = 0;
  bool inside = false;
  for (const std::string& line : documentation()) {
    if (inside && line == "```") {
      inside = false;
      ++examples;
      EXPECT_NO_THROW(parse_profile(example, "docs/profile.md")) << example;
    }
    if (inside) example += line + "\n";
    if (line == "```toml") inside = true, example.clear();
  }
  EXPECT_GE(examples, 1U);
}

TEST(ProfileDocumentation, HoldsSettingsThatAreAccepted) {
  const std::vector<std::string> base = {"name=p", "seccomp.default=ENOSYS", "root.method=pivot_root",
                                         "namespaces.new+=mount"};
  unsigned settings = 0;
  for (const std::string& row : rows("| setting |")) {
    const std::size_t first = row.find("| `") + 3, last = row.find("` |", first);
    std::vector<std::string> with = base;
    with.push_back(row.substr(first, last - first));
    EXPECT_NO_THROW(parse_profile("", "p.toml", with)) << with.back();
    ++settings;
  }
  EXPECT_GE(settings, 6U);
}

// A default that is written out changes nothing: neither the profile, nor whether it is accepted.
TEST(ProfileDocumentation, GivesTheDefaultsThatHold) {
  for (const Key& key : profile_keys()) {
    if (key.fallback.starts_with('(') || (!key.section.empty() && find_section(key.section)->repeats))
      continue;
    std::string written = "name = \"p\"\n";
    if (!key.section.empty()) written += "[" + std::string(key.section) + "]\n";
    if (key.section == "seccomp") written += "default = \"allow\"\n";
    if (full_name(key) == "limits.swap") written += "memory = \"1MiB\"\n";
    const Profile a = parse_profile(written, "p.toml");
    const Profile b =
        parse_profile(written + std::string(key.name) + " = " + std::string(key.fallback), "p.toml");
    EXPECT_EQ(a.spec.limits.swap.value_or(0), b.spec.limits.swap.value_or(0));
    EXPECT_EQ(layers(a.spec), layers(b.spec)) << full_name(key);
    EXPECT_EQ(std::tie(a.name, a.summary, a.claims, a.rootless),
              std::tie(b.name, b.summary, b.claims, b.rootless))
        << full_name(key);
    const Process &p = a.spec.process, &q = b.spec.process;
    EXPECT_EQ(std::tie(p.cwd, p.umask, p.hostname, p.new_session, p.no_new_privs, p.rlimits, p.wall),
              std::tie(q.cwd, q.umask, q.hostname, q.new_session, q.no_new_privs, q.rlimits, q.wall))
        << full_name(key);
    EXPECT_EQ(a.spec.root.path, b.spec.root.path);
  }
}

}  // namespace
}  // namespace isolator
