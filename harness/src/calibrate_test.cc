// What follows from what was seen, on made-up calibrations; suites/test_calibrate.py has real ones.

#include "calibrate.h"
#include "calibrate_layers.h"
#include "calibrate_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace escapement {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ProbeCalibration probe(const std::string& id, const std::string& guarantee, Verdict control,
                       const std::vector<std::set<std::string>>& openers) {
  ProbeCalibration out{.id = id, .cls = "c", .guarantee = guarantee};
  out.control.verdict = control;
  out.control.reason = "why <not>";
  out.openers = openers;
  return out;
}

Calibration sample() {
  Calibration out{.profile = "p", .layers = {"pid namespace", "seccomp", "capabilities", "keyring"}};
  out.probes = {
      probe("kill", "process.signal", Verdict::escaped, {{"pid namespace"}}),
      probe("clock", "time.clock", Verdict::escaped, {{"seccomp", "capabilities"}}),
      probe("timer", "time.clock", Verdict::escaped, {{"seccomp", "capabilities", "pid namespace"}}),
      probe("never", "time.other", Verdict::not_testable, {})};
  return out;
}

TEST(Calibrate, TheDepthOfAGuaranteeIsThatOfItsWeakestAttack) {
  const std::map<std::string, Depth> all = depths(sample());
  EXPECT_EQ(all.at("process.signal").number, 1U);
  EXPECT_EQ(all.at("time.clock").number, 2U);
  EXPECT_EQ(all.at("time.clock").probe, "clock");
  EXPECT_FALSE(all.contains("time.other"));
}

TEST(Calibrate, WhatEscapesFromTheProfileAsItIsHasNoDepth) {
  Calibration calibration = sample();
  calibration.probes.push_back(probe("free", "time.clock", Verdict::escaped, {{}}));
  EXPECT_EQ(depths(calibration).at("time.clock").number, 0U);
  EXPECT_THAT(to_table(calibration, Style{}), HasSubstr("none: free escapes from the profile as it is"));
}

TEST(Calibrate, ALayerIsTestedWhereAnAttackNeedsItGone) {
  EXPECT_THAT(untested_layers(sample()), ElementsAre("keyring"));
}

TEST(Calibrate, AProbeThatEscapedNowhereIsVacuousUnlessThereIsNothingToAttack) {
  Calibration calibration = sample();
  EXPECT_THAT(vacuous_probes(calibration), ElementsAre("never"));
  calibration.probes.back().control.absent = true;
  EXPECT_THAT(vacuous_probes(calibration), IsEmpty());
}

TEST(Calibrate, TheMatrixHasWhatOneLayerAloneHolds) {
  const auto all = matrix(sample());
  EXPECT_THAT(all.at("pid namespace"), ElementsAre("kill"));
  EXPECT_THAT(all.at("seccomp"), IsEmpty());
}

TEST(Calibrate, ExitStatus) {
  Calibration calibration = sample();
  EXPECT_EQ(exit_code(calibration), 1);
  calibration.layers.pop_back();
  EXPECT_EQ(exit_code(calibration), 1) << "a vacuous probe is left";
  calibration.probes.pop_back();
  EXPECT_EQ(exit_code(calibration), 0);
  calibration.changed = {"hostname: was a, is b"};
  EXPECT_EQ(exit_code(calibration), 3);
  calibration.changed.clear();
  calibration.probes[0].broken = {"as it is: it lied"};
  EXPECT_EQ(exit_code(calibration), 3);
}

TEST(Calibrate, JsonSaysWhatFollowsAndWhatItFollowsFrom) {
  const auto json = nlohmann::json::parse(to_json_text(sample()));
  EXPECT_EQ(json["vacuous_probes"], nlohmann::json({"never"}));
  EXPECT_EQ(json["untested_layers"], nlohmann::json({"keyring"}));
  EXPECT_EQ(json["depth"]["time.clock"]["number"], 2);
  EXPECT_EQ(json["matrix"]["pid namespace"], nlohmann::json({"kill"}));
  EXPECT_EQ(json["probes"].size(), 4U);
}

TEST(Calibrate, ThePageSpellsNoMarkupOfOthers) {
  Calibration calibration = sample();
  calibration.probes[0].id = "<script>";
  const std::string page = to_html(calibration);
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
}

TEST(Layers, AnOpeningIsPartedByWhatItsSettingsAreAbout) {
  const std::vector<Layer> parts =
      by_layer({"namespaces.new-=user", "identity.uid=0", "identity.uid_map=[]", "seccomp.allow+=acct",
                "limits.pids=max", "mounts+={type=\"proc\",target=\"/proc\"}",
                "mounts+={type=\"bind\",source=\"/dev\",target=\"/dev\"}",
                "process.hostname=", "process.new_session=false"});
  std::vector<std::string> names;
  for (const Layer& part : parts) names.push_back(part.name);
  EXPECT_THAT(names, ElementsAre("user namespace", "identity", "seccomp", "limits.pids", "absence of /proc",
                                 "absence of the host's /dev", "uts namespace", "session"));
  EXPECT_THAT(parts[0].settings, ElementsAre("namespaces.new-=user", "identity.uid_map=[]"));
}

}  // namespace
}  // namespace escapement
