#include "report_json.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "report_sample.h"

namespace escapement {
namespace {

using json = nlohmann::ordered_json;

std::vector<std::string> keys(const json& object) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object.items()) out.push_back(key);
  return out;
}

std::string error_of(const json& report) {
  try {
    from_json(report);
  } catch (const ReportError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ReportJson, members_stand_in_the_order_of_version_1) {
  json report = to_json(sample_report());
  EXPECT_THAT(keys(report), testing::ElementsAre("schema", "tool", "host", "runs", "summary", "left_out",
                                                 "host_changed", "elapsed_us", "timing_us"));
  EXPECT_THAT(keys(report["host"]),
              testing::ElementsAre("kernel", "machine", "cgroup", "lsm", "uid", "boot_id", "sysctls"));
  EXPECT_THAT(keys(report["runs"][0]),
              testing::ElementsAre("target", "profile", "summary", "layers", "namespaces", "results"));
  EXPECT_THAT(keys(report["runs"][0]["results"][0]),
              testing::ElementsAre("probe", "class", "guarantee", "verdict", "claimed", "outcome", "reason",
                                   "steps", "witness", "control", "time_us"));
  EXPECT_EQ(report["schema"], 1);
  EXPECT_EQ(report["summary"], json::parse(R"({"pass": 7, "fail": 1, "not_testable": 2, "broken": 1})"));
}

TEST(ReportJson, a_result_in_full) {
  EXPECT_EQ(to_json(sample_report())["runs"][2]["results"][0], json::parse(R"json(
    {"probe": "chroot-double-escape", "class": "filesystem", "guarantee": "filesystem.root",
     "verdict": "contained", "claimed": true, "outcome": "pass", "reason": "chroot(\".out\"): EPERM",
     "steps": [{"call": "chroot(\".out\")", "result": "EPERM", "attempt": "walk"}, {"call": "close(3)", "result": "ok"}],
     "witness": {"kind": "root", "observed": "unchanged"},
     "control": {"opening": "root.method=chroot capabilities.keep+=cap_sys_chroot", "base": "strict",
                 "verdict": "escaped", "reason": "got out"},
     "time_us": {"launch": 400, "probe": 95, "teardown": 1600, "launch_steps": {"clone": 180, "mount": 60}}})json"));
}

TEST(ReportJson, empty_lists_and_maps_are_not_null) {
  Report one;
  one.runs = {{"isolator", "open", "", {}, {}, {Result{}}}};
  json report = to_json(one);
  EXPECT_TRUE(report["host"]["lsm"].is_array());
  EXPECT_TRUE(report["left_out"].is_array());
  EXPECT_TRUE(report["timing_us"]["launch_steps_p50"].is_object());
  const json& run = report["runs"][0];
  EXPECT_TRUE(run["layers"].is_array());
  EXPECT_TRUE(run["namespaces"].is_object());
  EXPECT_TRUE(run["results"][0]["steps"].is_array());
  EXPECT_TRUE(run["results"][0]["time_us"]["launch_steps"].is_object());
  EXPECT_TRUE(to_json(Report{})["runs"].is_array());
}

TEST(ReportJson, percentiles_leave_out_what_did_not_take_place) {
  json timing = to_json(sample_report())["timing_us"];
  EXPECT_EQ(timing["launch"], json::parse(R"({"p50": 400, "p90": 400, "p99": 400, "samples": 10})"));
  EXPECT_EQ(timing["launch_steps_p50"], json::parse(R"({"clone": 180, "mount": 60})"));
  EXPECT_FALSE(to_json(Report{})["timing_us"].contains("launch"));
}

TEST(ReportJson, text_survives_bytes_that_are_not_utf8) {
  Report report = sample_report();
  report.runs[0].results[0].reason = "\xff\033";
  EXPECT_EQ(json::parse(to_json_text(report))["runs"][0]["results"][0]["reason"], "\xef\xbf\xbd\033");
}

TEST(ReportJson, comes_back_as_it_was) {
  json written = to_json(sample_report());
  EXPECT_EQ(to_json(from_json(written)).dump(), written.dump());
  EXPECT_EQ(to_json(from_json(to_json(Report{}))).dump(), to_json(Report{}).dump());
}

TEST(ReportJson, what_is_no_report_is_refused_and_the_place_is_named) {
  EXPECT_EQ(error_of(json::parse("[]")), "this is not a report: it has no member \"schema\"");
  EXPECT_EQ(error_of(json::parse(R"({"schema": 2})")), "schema: this is version 2; expected 1");

  json report = to_json(sample_report());
  report["runs"][1]["results"][2]["verdict"] = "fine";
  EXPECT_EQ(error_of(report), "runs[1].results[2].verdict: \"fine\" is none of its words");

  report = to_json(sample_report());
  report["runs"][1]["results"][2].erase("reason");
  EXPECT_EQ(error_of(report), "runs[1].results[2].reason: is missing");

  report = to_json(sample_report());
  report["runs"][2]["results"][1]["outcome"] = "pass";
  EXPECT_EQ(error_of(report), "runs[2].results[1].outcome: does not follow from the verdict and the claim");

  report = to_json(sample_report());
  report["runs"] = "none";
  EXPECT_EQ(error_of(report), "runs: is string; expected a list");

  report = to_json(sample_report());
  report["runs"][0] = 5;
  EXPECT_EQ(error_of(report), "runs[0]: is number; expected an object");

  report = to_json(sample_report());
  report["host"]["uid"] = "root";
  EXPECT_EQ(error_of(report), "host.uid: is string; expected a number");

  report = to_json(sample_report());
  report["host"]["sysctls"]["kernel.dmesg_restrict"] = 1;
  EXPECT_EQ(error_of(report), "host.sysctls: is object; expected an object of strings");

  report = to_json(sample_report());
  report["runs"][0]["results"][1]["time_us"]["launch_steps"]["clone"] = nullptr;
  EXPECT_EQ(error_of(report), "runs[0].results[1].time_us.launch_steps.clone: is null; expected a number");
}

TEST(ReportJson, an_old_report_is_read_without_what_came_later) {
  const std::string path = SOURCE_DIR "/harness/testdata/report-without-later-members.json";
  const Report old = load_report(path);
  ASSERT_EQ(old.runs.size(), 2u);
  EXPECT_EQ(old.runs[0].profile, "open");
  EXPECT_EQ(old.runs[1].results.size(), 3u);
  EXPECT_TRUE(old.host.sysctls.empty());
  EXPECT_TRUE(old.changed.empty());
  std::ifstream file(path);
  const json stored = json::parse(file);
  for (const char* later : {"host_changed", "comparison"}) EXPECT_FALSE(stored.contains(later)) << later;
  EXPECT_FALSE(stored["host"].contains("sysctls"));
  EXPECT_EQ(stored.dump().find("\"absent\""), std::string::npos);
}

TEST(ReportJson, a_file_that_is_no_report_is_named) {
  const std::string path = testing::TempDir() + "no-report.json";
  const auto error = [&](const char* text) -> std::string {
    std::ofstream(path) << text;
    try {
      load_report(path);
    } catch (const ReportError& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_THAT(error("{\"schema\": 1,"), testing::StartsWith(path + ": parse error at line 1, column 14: "));
  EXPECT_THAT(error(""), testing::StartsWith(path + ": parse error at line 1, column 1: "));
  EXPECT_EQ(error("{\"schema\": 1}"), path + ": runs: is missing; expected a report of escapement run");
  std::remove(path.c_str());
  EXPECT_THROW(load_report(path), ReportError);
}

}  // namespace
}  // namespace escapement
