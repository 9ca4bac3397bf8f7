#include "surface_report.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace escapement {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const ProbeInfo probe{.id = surface_probe,
                      .cls = "seccomp",
                      .guarantee = "seccomp.entries",
                      .summary = "",
                      .witness = {"trace"},
                      .attempts = {{"i386", {"SIGSYS"}, {"EFAULT"}}, {"io_uring", {"no effect"}, {"ok"}}},
                      .opening = {},
                      .program = "",
                      .description = {}};

Record record_of(const std::vector<Step>& steps) {
  Record out;
  out.steps = steps;
  return out;
}

const std::vector<Step> steps = {
    {"mount by native", "ENOSYS"},
    {"read by native", "EBADF"},
    {"uselib by native", "ENOSYS"},
    {"fork by native; never made: it forks", "no effect"},
    {"brand_new by native; nobody has thought about it", "no effect"},
    {"mount by i386", "EFAULT"},
    {"mount by i386; natively ENOSYS", "EFAULT", "i386"},
    {"read by i386; natively EBADF", "SIGSYS", "i386"},
    {"3 calls by i386, 1 of them refused natively, 1 reached all the same", "ok"},
    {"openat by io_uring", "EFAULT"},
    {"openat by io_uring; natively SIGSYS: EFAULT", "ok", "io_uring"},
};

TEST(Surface, IsReadFromTheSteps) {
  const Surface surface = surface_of(probe, record_of(steps));
  std::vector<std::string> said;
  for (const SurfaceCall& call : surface.calls)
    said.push_back(call.name + " " + call.native + "," + call.i386 + "," + call.io_uring + "," + call.never);
  EXPECT_THAT(said,
              ElementsAre("brand_new ,,,nobody has thought about it", "fork ,,,it forks",
                          "mount ENOSYS,EFAULT,,", "openat ,,EFAULT,", "read EBADF,,,", "uselib ENOSYS,,,"));
  ASSERT_EQ(surface.otherwise.size(), 2U) << "what was refused is not reached";
  EXPECT_EQ(surface.otherwise[0].name + surface.otherwise[0].native + surface.otherwise[0].answer,
            "mountENOSYSEFAULT");
  EXPECT_EQ(surface.otherwise[1].entry + surface.otherwise[1].native + surface.otherwise[1].answer,
            "io_uringSIGSYSEFAULT");
}

TEST(Surface, TellsARefusalFromACallThatTheKernelHasNot) {
  EXPECT_EQ(reach_of({"read", "EBADF"}, {}), Reach::reached);
  EXPECT_EQ(reach_of({"mount", "ENOSYS"}, {"uselib"}), Reach::refused);
  EXPECT_EQ(reach_of({"mount", "EPERM"}, {}), Reach::refused);
  EXPECT_EQ(reach_of({"mount", "SIGSYS"}, {}), Reach::refused);
  EXPECT_EQ(reach_of({"uselib", "ENOSYS"}, {"uselib"}), Reach::not_there);
  EXPECT_EQ(
      reach_of({.name = "fork", .native = "", .i386 = "", .x32 = "", .io_uring = "", .never = "it forks"},
               {}),
      Reach::not_made);
  EXPECT_EQ(reach_of({"waitpid", "", "EINVAL"}, {}), Reach::not_native) << "the name is i386's alone";
}

SurfaceReport report_of(std::initializer_list<Verdict> verdicts) {
  SurfaceReport report;
  for (const Verdict verdict : verdicts) {
    Surface surface = surface_of(probe, record_of(steps));
    surface.profile = "p" + std::to_string(report.surfaces.size());
    surface.verdict = verdict;
    report.surfaces.push_back(std::move(surface));
  }
  report.not_there = {"uselib"};
  return report;
}

TEST(SurfaceExit, SaysWhatWasFound) {
  EXPECT_EQ(exit_code(report_of({Verdict::contained})), 0);
  EXPECT_EQ(exit_code(report_of({Verdict::contained, Verdict::escaped, Verdict::broken})), 1);
  EXPECT_EQ(exit_code(report_of({Verdict::broken})), 3);
  EXPECT_EQ(exit_code(report_of({Verdict::not_testable})), 3);
  EXPECT_EQ(exit_code(report_of({})), 3);
  SurfaceReport without_filter = report_of({Verdict::not_testable});
  without_filter.surfaces[0].absent = true;
  EXPECT_EQ(exit_code(without_filter), 0);
  without_filter.changed = {"hostname"};
  EXPECT_EQ(exit_code(without_filter), 3);
  SurfaceReport silent = report_of({Verdict::contained});
  silent.surfaces[0].calls.clear();
  EXPECT_EQ(exit_code(silent), 3);
}

TEST(SurfaceTable, NamesTheWaysRoundAndTheDifference) {
  SurfaceReport report = report_of({Verdict::escaped, Verdict::contained});
  report.surfaces[1].otherwise.clear();
  report.surfaces[1].calls[2].native = "EFAULT";  // mount
  const std::string table = to_table(report, Style{});
  EXPECT_THAT(table, HasSubstr("p0: ENOSYS natively, and reached by i386 (1)\n  mount:EFAULT\n"));
  EXPECT_THAT(table, HasSubstr("p0: SIGSYS natively, and reached by io_uring (1)\n  openat:EFAULT\n"));
  EXPECT_THAT(table, HasSubstr("Let through by p0, p1 (1)\n  read\n"));
  EXPECT_THAT(table, HasSubstr("Let through by p1, not by p0 (1)\n  mount\n"));
  EXPECT_THAT(table, Not(HasSubstr("p1: ENOSYS natively")));
  report.changed = {"the hostname"};
  EXPECT_THAT(to_table(report, Style{}), HasSubstr("Not as it was before\n  the hostname\n"));
}

TEST(SurfaceJson, HasEachAnswer) {
  const auto json = nlohmann::json::parse(to_json_text(report_of({Verdict::escaped})));
  const auto& one = json.at("profiles").at(0);
  EXPECT_EQ(one.at("reached"), 1);
  EXPECT_EQ(one.at("refused"), 1);
  EXPECT_EQ(one.at("not_there"), 1);
  EXPECT_EQ(one.at("calls").at(2), nlohmann::json({{"call", "mount"},
                                                   {"native", "ENOSYS"},
                                                   {"i386", "EFAULT"},
                                                   {"x32", nullptr},
                                                   {"io_uring", nullptr}}));
  EXPECT_EQ(one.at("calls").at(1).at("never"), "it forks");
  EXPECT_EQ(one.at("otherwise").at(1).at("entry"), "io_uring");
}

}  // namespace
}  // namespace escapement
