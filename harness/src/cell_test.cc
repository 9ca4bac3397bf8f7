// Real probes in real sandboxes, and probes that try to fool the harness.

#include "cell.h"
#include "host.h"
#include "judge.h"
#include "plantings.h"
#include "runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace escapement {
namespace {

using ::testing::HasSubstr;

const char* const open_profile = "name = \"open\"\n[process]\nno_new_privs = false\n";
const char* const held_profile =
    "name = \"held\"\n[root]\nmethod = \"pivot_root\"\n[namespaces]\nnew = [\"user\", \"mount\", \"pid\", "
    "\"net\"]\n";

struct Judged {
  Record record;
  Judgement judgement;
};

Judged run_one(const std::string& program, const char* toml) {
  const HostPlantings plantings;
  const ProbeInfo probe = describe_probes(program).at(0);
  const isolator::Profile profile = isolator::parse_profile(toml, "test");
  const std::vector<Cell> cells{
      {&profile, &probe, &plantings.get(), demand_of(profile.spec), std::chrono::milliseconds(1500)}};
  Judged out{run_cells(cells, 1, [](std::size_t, const Cell&) {})[0], {}};
  out.judgement = judge(probe, profile.spec, out.record, {Verdict::escaped, "taken as fired"});
  return out;
}

std::string real(const std::string& id) { return std::string(PROBES_DIR) + "/" + id; }
std::string fake(const std::string& id) { return std::string(FAKES_DIR) + "/" + id; }

TEST(Cell, TheVictimHearsWhereNothingProtectsIt) {
  const Judged j = run_one(real("kill-outside-pid"), open_profile);
  EXPECT_EQ(name(j.judgement.verdict), "escaped") << j.judgement.reason;
  EXPECT_THAT(j.judgement.reason, HasSubstr("the victim got SIGURG"));
  EXPECT_EQ(j.record.namespaces.at("pid"), "shared");
}

TEST(Cell, APidNamespaceProtectsTheVictim) {
  const Judged j = run_one(real("kill-outside-pid"), held_profile);
  EXPECT_EQ(name(j.judgement.verdict), "contained") << j.judgement.reason;
  EXPECT_THAT(j.judgement.reason, HasSubstr("ESRCH"));
  EXPECT_EQ(j.record.namespaces.at("pid"), "new");
  EXPECT_EQ(j.record.left_behind, 0);
}

TEST(Cell, WhatAllOfAMachineWouldFeelIsNotEvenStartedOnAHost) {
  if (is_guest_of_its_own()) GTEST_SKIP() << "this is no host";
  const Judged j = run_one(real("clock-set"), open_profile);
  EXPECT_EQ(name(j.judgement.verdict), "not-testable");
  EXPECT_THAT(j.judgement.reason, HasSubstr("in a guest of its own alone"));
  EXPECT_TRUE(j.judgement.absent);
  EXPECT_TRUE(j.record.steps.empty());
  EXPECT_EQ(j.record.exit_status, -1);
}

TEST(Cell, WhatStartsFromNoBundleIsNotAttackedByOne) {
  const Judged j = run_one(real("proc-link"), open_profile);
  EXPECT_EQ(name(j.judgement.verdict), "not-testable");
  EXPECT_THAT(j.judgement.reason, HasSubstr("takes none"));
  EXPECT_TRUE(j.judgement.absent);
  EXPECT_TRUE(j.record.steps.empty());
}

struct Fake {
  const char* id;
  const char* held;  // verdict in a sandbox that contains the technique
  const char* open;  // and in none
};
class Fakes : public ::testing::TestWithParam<Fake> {};

TEST_P(Fakes, AreNotBelieved) {
  for (const auto& [profile, expected] :
       {std::pair{held_profile, GetParam().held}, std::pair{open_profile, GetParam().open}}) {
    const Judged j = run_one(fake(GetParam().id), profile);
    EXPECT_NE(j.judgement.verdict, Verdict::contained) << j.judgement.reason;
    EXPECT_EQ(name(j.judgement.verdict), expected) << j.judgement.reason;
    EXPECT_FALSE(j.judgement.reason.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Fakes,
    ::testing::Values(Fake{"crasher", "broken", "broken"}, Fake{"flooder", "broken", "broken"},
                      Fake{"hanger", "broken", "broken"}, Fake{"liar-escaped", "broken", "broken"},
                      Fake{"mute", "broken", "broken"}, Fake{"undecided", "not-testable", "not-testable"},
                      Fake{"wrong-nonce", "broken", "broken"}, Fake{"wrong-status", "broken", "broken"}),
    [](const auto& param) {
      std::string name = param.param.id;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(Fakes, WhatAKilledProbeMadeIsRemoved) {
  const Judged j = run_one(fake("hanger"), open_profile);
  ASSERT_EQ(j.record.steps.size(), 3U) << j.judgement.reason;
  for (const Step& step : j.record.steps) {
    const std::size_t begin = step.call.find('"') + 1;
    const std::string path = step.call.substr(begin, step.call.find('"', begin) - begin);
    EXPECT_EQ(step.result, getuid() == 0 || path.find('/', 1) != path.npos ? "ok" : "EACCES") << path;
    EXPECT_FALSE(std::filesystem::exists(path)) << path;
  }
}

// These two make a real attempt that is refused in a sandbox; where nothing refuses it, the witness knows
// better.
TEST(Fakes, ALiarIsCaughtWhereTheAttackPasses) {
  for (const char* id : {"liar-contained", "liar-step"}) {
    const Judged j = run_one(fake(id), open_profile);
    EXPECT_EQ(name(j.judgement.verdict), "broken") << id << ": " << j.judgement.reason;
  }
}

TEST(Fakes, ALateWriterIsSeen) {
  const Judged j = run_one(fake("late-writer"), open_profile);
  EXPECT_EQ(name(j.judgement.verdict), "broken") << j.judgement.reason;
}

TEST(Cell, ASandboxThatCannotBeBuiltIsBroken) {
  const Judged j = run_one(real("kill-outside-pid"), "name = \"x\"\n[process]\ncwd = \"/does/not/exist\"\n");
  EXPECT_EQ(name(j.judgement.verdict), "broken");
  EXPECT_THAT(j.judgement.reason, HasSubstr("cwd /does/not/exist: No such file or directory"));
}

TEST(Demand, IsMoreThanTheLimit) {
  isolator::Spec spec;
  EXPECT_EQ(demand_of(spec).processes, 96U);
  spec.limits.pids = 100;
  spec.limits.memory = 1 << 20;
  EXPECT_EQ(demand_of(spec).processes, 164U);
  EXPECT_EQ(demand_of(spec).bytes, 65U << 20);
}

}  // namespace
}  // namespace escapement
