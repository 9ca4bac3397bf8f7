#include "target.h"

#include "expressed.h"
#include "programs.h"
#include "workshop.h"

#include <isolator/profile.h>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

namespace escapement {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Place place{"/place", "/place/root", "/place/root/probe", "name"};

TEST(Programs, AreFoundAndMissed) {
  EXPECT_THAT(find_program("sh"), HasSubstr("/sh"));
  EXPECT_EQ(find_program("no-such-program"), "");
  EXPECT_EQ(missing_program({"sh", "no-such-program", "neither"}), "no-such-program is not installed");
  EXPECT_EQ(missing_program({"sh"}), "");
}

TEST(Programs, SayWhatTheySayAndHowTheyEnd) {
  const Said said = run_program({find_program("sh"), "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(said.text, "out\nerr\n");
  EXPECT_EQ(WEXITSTATUS(said.status), 3);
  const Said none = run_program({"/no/such/program"});
  EXPECT_EQ(none.text, "/no/such/program: No such file or directory\n");
  EXPECT_EQ(WEXITSTATUS(none.status), 127);
  EXPECT_THROW(run_program({find_program("sleep"), "60"}, 1), std::system_error) << "nobody waits for ever";
}

TEST(Programs, AreQuotedForAShell) {
  const std::vector<std::string> words{"a b", "it's", "", "plain-1.0=/x", "$HOME", "*"};
  EXPECT_EQ(quoted(words), "'a b' 'it'\\''s' '' plain-1.0=/x '$HOME' '*'");
  const Said said =
      run_program({find_program("sh"), "-c", "for word in " + quoted(words) + "; do echo \"<$word>\"; done"});
  EXPECT_EQ(said.text, "<a b>\n<it's>\n<>\n<plain-1.0=/x>\n<$HOME>\n<*>\n");
}

TEST(Expressed, WhatNobodySpokeOfIsAGap) {
  isolator::Spec spec;
  spec.process.no_new_privs = true;
  spec.limits.pids = 1;
  spec.limits.memory = 1;
  const Gap option{"no_new_privs", "it has no option for that"};
  EXPECT_THAT(gaps_but(spec, {}, {{"limits.*", "none"}}),
              ElementsAre(option, Gap{"limits.pids", "none"}, Gap{"limits.memory", "none"}));
  EXPECT_THAT(gaps_but(spec, {"no_new_privs", "limits.pids"}, {}),
              ElementsAre(Gap{"limits.memory", "it has no option for that"}));
  EXPECT_THAT(gaps_but(spec, {"no_new_privs", "limits.*"}, {}), IsEmpty());
}

TEST(Command, IsALineForTheShell) {
  const auto target = command_target("cd {root} && my-sandbox --name={name} -- {probe}");
  EXPECT_THAT(
      target->invocation(place, nullptr).argv,
      ElementsAre(find_program("sh"), "-c", "cd /place/root && my-sandbox --name=name -- /place/root/probe"));
  const Place odd{"/a b", "/a b/root", "/a b/root/probe", "name"};
  EXPECT_EQ(command_target("{probe} {probe}")->invocation(odd, nullptr).argv[2],
            "'/a b/root/probe' '/a b/root/probe'");
  EXPECT_THROW(command_target("my-sandbox"), std::invalid_argument) << "nothing would attack";
}

TEST(Workshop, IsGoneWithAllThatIsInIt) {
  std::string places;
  {
    Workshop workshop;
    places = workshop.places();
    EXPECT_TRUE(std::filesystem::is_directory(places));
    const Target& target = workshop.open("command", "cat {probe} {directory}/x");
    EXPECT_EQ(workshop.shown(target, "/bin/true", nullptr),
              find_program("sh") + " -c 'cat {probe} {directory}/x'");
    EXPECT_TRUE(std::filesystem::is_empty(places)) << "what is shown leaves nothing";
  }
  EXPECT_FALSE(std::filesystem::exists(places));
}

// It reads cap_last_cap there from 1.3 on, which subset=pid would hide, and closes descriptors by it.
TEST(Runc, HasAProcOfWhichItCanReadWhatItWants) {
  char directory[] = "/tmp/runc.XXXXXX";
  ASSERT_NE(mkdtemp(directory), nullptr);
  const std::string in(directory);
  const Place there{in, in + "/root", in + "/root/probe", "name"};
  const isolator::Spec spec;
  find_target("runc")->open(in)->invocation(there, &spec);
  std::ifstream file(in + "/config.json");
  const nlohmann::json config = nlohmann::json::parse(file);
  std::filesystem::remove_all(in);

  EXPECT_EQ(config["mounts"][0]["destination"], "/proc");
  EXPECT_THAT(config["mounts"][0]["options"].dump(), Not(HasSubstr("subset")));
  const auto masked = config["linux"]["maskedPaths"].get<std::vector<std::string>>();
  EXPECT_THAT(masked, Contains("/proc/meminfo"));
  for (const char* wanted : {"/proc/self", "/proc/1", "/proc/sys", "/proc/sys/kernel"})
    EXPECT_THAT(masked, Not(Contains(wanted)));
}

class EveryTarget : public testing::TestWithParam<const char*> {};

TEST_P(EveryTarget, SaysOfEachLayerOfStrictThatItIsThereOrNotOrWhyItIsNotHere) {
  const TargetKind* kind = find_target(GetParam());
  ASSERT_NE(kind, nullptr);
  if (const std::string missing = kind->missing(); !missing.empty()) {
    EXPECT_THAT(missing,
                testing::AnyOf(HasSubstr(" is not installed"), HasSubstr("refuses"), HasSubstr("needs")));
    return;
  }
  const isolator::Profile profile = isolator::load_profile(SOURCE_DIR "/suites/profiles/strict.toml");
  Workshop workshop;
  const Target& target = workshop.open(GetParam(), "");
  const std::vector<Gap> gaps = target.gaps(profile.spec);
  std::set<std::string> seen;
  for (const Gap& gap : gaps) {
    EXPECT_TRUE(seen.insert(gap.layer).second) << gap.layer << " twice";
    EXPECT_FALSE(gap.reason.empty()) << gap.layer;
  }
  EXPECT_TRUE(seen.contains("wall")) << "the harness keeps the time, not the target";

  isolator::Spec nothing;
  nothing.process.no_new_privs = false;
  EXPECT_THAT(gaps_but(nothing, {}, {}), IsEmpty()) << "a layer that is not in the profile is not missed";

  const std::string told = workshop.shown(target, "/bin/true", &profile.spec);
  EXPECT_THAT(told, Not(HasSubstr(workshop.places()))) << "what differs from sandbox to sandbox has a name";
  EXPECT_FALSE(kind->version().empty());
}

INSTANTIATE_TEST_SUITE_P(, EveryTarget,
                         testing::Values("unshare", "bwrap", "firejail", "nspawn", "runc", "crun", "runsc",
                                         "podman", "lxc", "minijail", "systemd-run"),
                         [](const auto& param) {
                           std::string name(param.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace escapement
