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

/// One of the probes of a program.
struct Known {
  std::string program;
  json description;
  std::string id() const { return description["id"]; }
  friend void PrintTo(const Known& known, std::ostream* out) { *out << known.id(); }
};

std::string path_of(const std::string& program) { return PROBES_DIR "/" + program; }

/// The programs, as CMake registered them: "a b c".
std::vector<std::string> all_programs() {
  std::istringstream names(PROGRAMS);
  return {std::istream_iterator<std::string>(names), {}};
}

/// As the programs describe them.
std::vector<Known> all_probes() {
  std::vector<Known> out;
  for (const std::string& program : all_programs())
    for (json& description : json::parse(output_of(path_of(program) + " --describe")))
      out.push_back({program, std::move(description)});
  return out;
}

std::string as_test_name(std::string id) {
  std::replace(id.begin(), id.end(), '-', '_');
  return id;
}

class EveryProgram : public testing::TestWithParam<std::string> {
 public:
  const std::string path = path_of(GetParam());
};
INSTANTIATE_TEST_SUITE_P(, EveryProgram, testing::ValuesIn(all_programs()),
                         [](const auto& each) { return as_test_name(each.param); });

class EveryProbe : public testing::TestWithParam<Known> {
 public:
  const json& description = GetParam().description;
  const std::string id = GetParam().id(), path = path_of(GetParam().program);
  const std::string greeting = "escapement 1 0123456789abcdef " + id;
};
INSTANTIATE_TEST_SUITE_P(, EveryProbe, testing::ValuesIn(all_probes()),
                         [](const auto& each) { return as_test_name(each.param.id()); });

/// An order that each probe understands, and that harms nothing: all keys of all witnesses.
const std::string some_order =
    "canary=/nonce victim=2147483647 value=1 prefix=none/ uid=4321 mapped=1 count=3 bytes=4194304 inode=1 "
    "port=9 name=nobody nonce=n path=/nonce top=/nonce device=1 id=1 namespace=1 address=127.99.99.99 "
    "families=17 "
    "netlink=6,9,11,12 diag=1 boottime=1 descriptor=1000 variable=NONE cpu=1 wall=1 "
    "shared=cgroup,group,ipc,mount,net,pid,session,time,user,uts";

TEST_P(EveryProbe, DescribesItself) {
  std::set<std::string> members;
  for (const auto& [key, value] : description.items())
    if (key != "only_in_guest" && key != "bundle") members.insert(key);
  EXPECT_EQ(members, (std::set<std::string>{"id", "class", "guarantee", "summary", "technique", "references",
                                            "attempts", "witness", "opening", "remedy"}));
  const std::string cls = description["class"];
  EXPECT_TRUE(fs::exists(std::string(SOURCE_DIR) + "/" + cls + "/" + GetParam().program + ".cc"));
  EXPECT_EQ(description["guarantee"].get<std::string>().find(cls + "."), 0u);
  for (const char* text : {"summary", "technique", "remedy"})
    EXPECT_THAT(description[text].get<std::string>(), Not(IsEmpty()));
  for (const char* list : {"references", "attempts", "witness", "opening"})
    EXPECT_THAT(description[list], Not(IsEmpty()));
  bool passed = false;  // a step on the way may have no pass of its own
  for (const json& attempt : description["attempts"]) {
    std::set<std::string> denials = attempt["denials"], passes = attempt["passes"],
                          absent = attempt["absent"];
    EXPECT_THAT(denials, Not(IsEmpty()));
    passed |= !passes.empty();
    for (const std::set<std::string>& list : {denials, passes, absent})
      for (const std::string& result : list) EXPECT_TRUE(probe::is_result(result)) << result;
    for (const std::string& pass : passes)
      EXPECT_FALSE(denials.contains(pass) || absent.contains(pass)) << pass;
    for (const std::string denial : attempt["denials"]) EXPECT_NE(denial, "ok");
  }
  EXPECT_TRUE(passed);
}

TEST_P(EveryProbe, OfARuntimeAloneSaysWhatItsBundleIs) {
  ASSERT_EQ(description.contains("bundle"), description["class"] == "runtime");
  if (!description.contains("bundle")) return;
  const json& bundle = description["bundle"];
  EXPECT_THAT(bundle["patch"], Not(IsEmpty()));
  for (const json& change : bundle["patch"]) {
    EXPECT_EQ(change["op"], "add") << "it must be made of whatever profile was written";
    EXPECT_EQ(change["path"].get<std::string>().find('/'), 0u);
    EXPECT_TRUE(change.contains("value"));
  }
  EXPECT_TRUE(bundle["entries"].is_array());
  EXPECT_TRUE(bundle["refusals"].is_array());
}

TEST_P(EveryProgram, HelpsAPerson) {
  EXPECT_THAT(output_of(path + " --help"), HasSubstr("escapement run --probe"));
  EXPECT_THAT(output_of(path + " --nonsense 2>&1"), HasSubstr("expected --describe, --help or nothing"));
  EXPECT_THAT(output_of(path + " 2>&1 </dev/null"),
              HasSubstr("expected the line \"escapement 1 NONCE [ID]\""));
}

#ifdef PROBES_USE_MUSL  // glibc alone is larger
TEST_P(EveryProgram, IsSmall) {
  const bool names_every_call = std::string(GetParam()) == "surface-fingerprint";
  EXPECT_LT(fs::file_size(path), (names_every_call ? 95u : 40u) * 1000);
}
#endif

TEST_P(EveryProbe, ConversesAsTheProtocolSays) {
  Player player(path);
  player.say(greeting);
  std::optional<json> hello = player.line();
  ASSERT_TRUE(hello);
  EXPECT_EQ(*hello, (json{{"hello", "0123456789abcdef"}, {"probe", id}, {"pid", player.pid()}}));
  player.say("order " + some_order);
  std::map<std::string, std::set<std::string>> denials, passes;
  for (const json& attempt : description["attempts"]) {
    denials[attempt["name"]] = attempt["denials"].get<std::set<std::string>>();
    passes[attempt["name"]] = attempt["passes"].get<std::set<std::string>>();
  }

  std::vector<json> lines = player.until_claim();
  ASSERT_THAT(lines, Not(IsEmpty()));
  bool passed = false, other = false, made = false;
  for (const json& line : lines) {
    if (!line.contains("step")) continue;
    EXPECT_TRUE(probe::is_result(line["result"].get<std::string>())) << line;
    if (!line.contains("attempt")) continue;
    EXPECT_EQ(denials.count(line["attempt"]), 1u) << line << " is not declared";
    made = true;
    if (passes[line["attempt"]].contains(line["result"]))
      passed = true;
    else if (!denials[line["attempt"]].contains(line["result"]))
      other = true;
  }
  std::string claim = passed ? "escaped" : made && !other ? "contained" : "undecided";
  EXPECT_EQ(lines.back()["claim"], claim) << json(lines);
  EXPECT_THAT(lines.back()["reason"].get<std::string>(), Not(IsEmpty()));

  usleep(20'000);
  EXPECT_EQ(kill(player.pid(), 0), 0) << "it shall wait until the harness has looked";
  player.say("end");
  EXPECT_FALSE(player.line()) << "the claim is the last line";
  EXPECT_EQ(player.status(), claim == "escaped" ? 10 : claim == "contained" ? 0 : 77);
}

TEST_P(EveryProgram, AnswersNoGreetingButOurs) {
  for (const std::string& greeting :
       {std::string(""), std::string("hello"), std::string("escapement 2 abc"), std::string("escapement 1 "),
        std::string("escapement 1 a b"), "escapement 1 " + std::string(129, 'x'), std::string(9000, 'x')}) {
    Player player(path, [] { close(2); });
    player.say(greeting);
    EXPECT_FALSE(player.line()) << greeting;
    EXPECT_EQ(player.status(), 2) << greeting;
  }
}

TEST_P(EveryProbe, ThatAllOfAMachineWouldFeelAttacksNothingOnAHost) {
  if (!description.value("only_in_guest", false)) return;
  Player player(path);
  player.say(greeting);
  player.say("order " + some_order);
  const std::vector<json> lines = player.until_claim();
  ASSERT_EQ(lines.size(), 2u) << json(lines) << ": more than the greeting and the claim";
  EXPECT_EQ(lines.back()["claim"], "undecided");
  EXPECT_EQ(lines.back()["absent"], true);
}

TEST_P(EveryProbe, IsUndecidedWithoutTheOrderThatItNeeds) {
  Player player(path);
  player.say(greeting);
  player.say("order nothing=1");
  std::vector<json> lines = player.until_claim();
  player.say("end");
  ASSERT_THAT(lines, Not(IsEmpty()));
  bool attempted =
      std::any_of(lines.begin(), lines.end(), [](const json& line) { return line.contains("attempt"); });
  if (attempted || lines.back().value("absent", false)) return;  // it needs none
  EXPECT_EQ(lines.back()["claim"], "undecided");
  EXPECT_THAT(lines.back()["reason"].get<std::string>(), HasSubstr("the order does not say"));
  EXPECT_EQ(player.status(), 77);
}

TEST_P(EveryProbe, GoesWhenTheHarnessGoes) {
  const std::vector<std::string> words = {greeting, "order " + some_order};
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
  player.say(greeting);
  player.say("order " + some_order);
  EXPECT_EQ(player.status(), 128 + SIGPIPE);

  Player deaf(path, [] { signal(SIGPIPE, SIG_IGN); });
  deaf.stop_listening();
  deaf.say(greeting);
  EXPECT_EQ(deaf.status(), 1);
}

}  // namespace
