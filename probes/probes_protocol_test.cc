// What docs/probe-protocol.md says of every probe: the handshake, the description, and that it goes when the
// harness goes.

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

#include "names.h"
#include "player.h"

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

namespace fs = std::filesystem;

/// As CMake registered them: "a b c".
std::vector<std::string> all_probes() {
  std::istringstream ids(PROBES);
  return {std::istream_iterator<std::string>(ids), {}};
}

class EveryProbe : public testing::TestWithParam<std::string> {
 public:
  const std::string path = PROBES_DIR "/" + GetParam();
  json describe() const { return json::parse(output_of(path + " --describe")); }
};
INSTANTIATE_TEST_SUITE_P(, EveryProbe, testing::ValuesIn(all_probes()), [](const auto& each) {
  std::string name = each.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

/// An order that each probe understands, and that harms nothing: all keys of all witnesses.
const std::string some_order =
    "canary=/nonce victim=2147483647 value=1 prefix=none/ uid=4321 mapped=1 count=3 bytes=4194304";

TEST_P(EveryProbe, DescribesItself) {
  json description = describe();
  std::set<std::string> members;
  for (const auto& [key, value] : description.items()) members.insert(key);
  EXPECT_EQ(members, (std::set<std::string>{"id", "class", "guarantee", "summary", "technique", "references",
                                            "attempts", "witness", "opening", "remedy"}));
  EXPECT_EQ(description["id"], GetParam());
  EXPECT_TRUE(fs::exists(std::string(SOURCE_DIR) + "/" + description["class"].get<std::string>() + "/" +
                         GetParam() + ".cc"));
  EXPECT_EQ(description["guarantee"].get<std::string>().find(description["class"].get<std::string>() + "."),
            0u);
  for (const char* text : {"summary", "technique", "remedy"})
    EXPECT_THAT(description[text].get<std::string>(), Not(IsEmpty()));
  for (const char* list : {"references", "attempts", "opening"})
    EXPECT_THAT(description[list], Not(IsEmpty()));
  for (const json& attempt : description["attempts"]) {
    EXPECT_THAT(attempt["denials"], Not(IsEmpty()));
    for (const std::string denial : attempt["denials"]) {
      EXPECT_TRUE(probe::is_result(denial)) << denial;
      EXPECT_NE(denial, "ok");
    }
  }
  const std::set<std::string> witnesses = {"root", "victim", "interface", "owner", "processes", "memory"};
  EXPECT_EQ(witnesses.count(description["witness"]), 1u);
}

TEST_P(EveryProbe, HelpsAPerson) {
  EXPECT_THAT(output_of(path + " --help"),
              testing::AllOf(HasSubstr(GetParam()), HasSubstr("escapement run --probe")));
  EXPECT_THAT(output_of(path + " --nonsense 2>&1"), HasSubstr("expected --describe, --help or nothing"));
  EXPECT_THAT(output_of(path + " 2>&1 </dev/null"), HasSubstr("expected the line \"escapement 1 NONCE\""));
}

#ifdef PROBES_USE_MUSL  // glibc alone is larger
TEST_P(EveryProbe, IsSmall) { EXPECT_LT(fs::file_size(path), 40u * 1000); }
#endif

TEST_P(EveryProbe, ConversesAsTheProtocolSays) {
  Player player(path);
  player.say("escapement 1 0123456789abcdef");
  std::optional<json> hello = player.line();
  ASSERT_TRUE(hello);
  EXPECT_EQ(*hello, (json{{"hello", "0123456789abcdef"}, {"probe", GetParam()}, {"pid", player.pid()}}));
  player.say("order " + some_order);
  std::map<std::string, std::set<std::string>> denials;
  json description = describe();
  for (const json& attempt : description["attempts"])
    for (const json& denial : attempt["denials"]) denials[attempt["name"]].insert(denial);

  std::vector<json> lines = player.until_claim();
  ASSERT_THAT(lines, Not(IsEmpty()));
  bool passed = false, other = false, made = false;
  for (const json& line : lines) {
    if (!line.contains("step")) continue;
    EXPECT_TRUE(probe::is_result(line["result"].get<std::string>())) << line;
    if (!line.contains("attempt")) continue;
    EXPECT_EQ(denials.count(line["attempt"]), 1u) << line << " is not declared";
    made = true;
    if (line["result"] == "ok")
      passed = true;
    else if (!denials[line["attempt"]].contains(line["result"]))
      other = true;
  }
  std::string claim = passed ? "escaped" : made && !other ? "contained" : "undecided";
  EXPECT_EQ(lines.back()["claim"], claim) << json(lines);
  EXPECT_THAT(lines.back()["reason"].get<std::string>(), Not(IsEmpty()));
  EXPECT_NE(claim, "undecided") << json(lines);

  usleep(20'000);
  EXPECT_EQ(kill(player.pid(), 0), 0) << "it shall wait until the harness has looked";
  player.say("end");
  EXPECT_FALSE(player.line()) << "the claim is the last line";
  EXPECT_EQ(player.status(), claim == "escaped" ? 10 : claim == "contained" ? 0 : 77);
}

TEST_P(EveryProbe, AnswersNoGreetingButOurs) {
  for (const std::string& greeting :
       {std::string(""), std::string("hello"), std::string("escapement 2 abc"), std::string("escapement 1 "),
        std::string("escapement 1 a b"), "escapement 1 " + std::string(129, 'x'), std::string(9000, 'x')}) {
    Player player(path, [] { close(2); });
    player.say(greeting);
    EXPECT_FALSE(player.line()) << greeting;
    EXPECT_EQ(player.status(), 2) << greeting;
  }
}

TEST_P(EveryProbe, IsUndecidedWithoutAnOrder) {
  Played played = play(path, "nothing=1");
  EXPECT_EQ(played.claim(), "undecided");
  EXPECT_THAT(played.reason(), HasSubstr("the order does not say"));
  EXPECT_EQ(played.status, 77);
}

TEST_P(EveryProbe, GoesWhenTheHarnessGoes) {
  const std::vector<std::string> words = {"escapement 1 abc", "order " + some_order};
  for (std::size_t said = 0; said <= words.size(); ++said) {
    Player player(path, [] { close(2); });
    for (std::size_t i = 0; i < said; ++i) player.say(words[i]);
    if (said == words.size()) player.until_claim();
    std::vector<pid_t> children = children_of(player.pid());
    player.hang_up();
    EXPECT_NE(player.status(), -1) << "after " << said << " lines";
    for (pid_t each : children) EXPECT_TRUE(ends(each));
  }
}

TEST_P(EveryProbe, GoesWhenNobodyListens) {
  Player player(path);
  player.stop_listening();
  player.say("escapement 1 abc");
  player.say("order " + some_order);
  EXPECT_EQ(player.status(), 128 + SIGPIPE);

  Player deaf(path, [] { signal(SIGPIPE, SIG_IGN); });
  deaf.stop_listening();
  deaf.say("escapement 1 abc");
  EXPECT_EQ(deaf.status(), 1);
}

}  // namespace
