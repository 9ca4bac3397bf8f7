#include "report_junit.h"

#include <gmock/gmock.h>

#include <pugixml.hpp>

#include "report_sample.h"

namespace escapement {
namespace {

pugi::xml_document parse(const Report& report) {
  pugi::xml_document document;
  pugi::xml_parse_result read = document.load_string(to_junit(report).c_str());
  EXPECT_TRUE(read) << read.description();
  return document;
}

pugi::xml_node find(const pugi::xml_document& document, const char* xpath) {
  return document.select_node(xpath).node();
}

TEST(Junit, a_host_that_was_changed_is_an_error) {
  Report report = sample_report();
  report.changed = {"hostname: was a, is b"};
  const std::string text = to_junit(report);
  EXPECT_NE(text.find("<error message=\"hostname: was a, is b\""), text.npos) << text;
}

TEST(Junit, a_suite_for_each_run_and_each_profile_that_was_left_out) {
  pugi::xml_document document = parse(sample_report());
  std::vector<std::string> names;
  for (pugi::xml_node suite : document.child("testsuites"))
    names.emplace_back(suite.attribute("name").value());
  EXPECT_THAT(names, testing::ElementsAre("isolator/open", "isolator/unshare", "isolator/strict", "cgroup",
                                          "capdrop"));
  EXPECT_STREQ(find(document, "//testsuite[@name='cgroup']/testcase/skipped").attribute("message").value(),
               "left out: needs root");
}

// A reader that adds up the cases and one that believes the attributes must come to the same.
TEST(Junit, counts_are_those_of_the_cases) {
  pugi::xml_document document = parse(sample_report());
  unsigned tests = 0, failures = 0, errors = 0;
  for (pugi::xml_node suite : document.child("testsuites")) {
    auto cases = [&](const char* xpath) { return static_cast<unsigned>(suite.select_nodes(xpath).size()); };
    EXPECT_EQ(suite.attribute("tests").as_uint(), cases("testcase"));
    EXPECT_EQ(suite.attribute("failures").as_uint(), cases("testcase/failure"));
    EXPECT_EQ(suite.attribute("errors").as_uint(), cases("testcase/error"));
    EXPECT_EQ(suite.attribute("skipped").as_uint(), cases("testcase/skipped"));
    tests += cases("testcase"), failures += cases("testcase/failure"), errors += cases("testcase/error");
  }
  pugi::xml_node root = document.child("testsuites");
  EXPECT_EQ(root.attribute("tests").as_uint(), tests);
  EXPECT_EQ(root.attribute("failures").as_uint(), failures);
  EXPECT_EQ(root.attribute("errors").as_uint(), errors);
  EXPECT_EQ(tests, 13u);
  EXPECT_EQ(failures, 1u);
  EXPECT_EQ(errors, 1u);
}

TEST(Junit, a_case_tells_what_was_seen) {
  pugi::xml_document document = parse(sample_report());
  pugi::xml_node test = find(document, "//testcase[@classname='strict.process'][@name='kill-outside-pid']");
  EXPECT_STREQ(test.attribute("time").value(), "0.002095");
  EXPECT_STREQ(test.child("failure").attribute("message").value(), "victim got SIGURG");
  EXPECT_STREQ(
      test.child("failure").text().get(),
      "process.signal (claimed)\n"
      "verdict: escaped: victim got SIGURG\n"
      "step: chroot(\".out\") = ok [walk]\n"
      "step: close(3) = ok\n"
      "witness: root: the canary was read\n"
      "control: escaped under strict with root.method=chroot capabilities.keep+=cap_sys_chroot: got out\n");
  EXPECT_TRUE(find(document, "//testcase[@classname='unshare.limits']/error"));
  EXPECT_TRUE(find(document, "//testcase[@classname='strict.limits'][@name='memory-hog']/skipped"));
  pugi::xml_node pass = find(document, "//testcase[@classname='open.process']");
  EXPECT_FALSE(pass.child("failure"));
  EXPECT_THAT(pass.child("system-out").text().get(), testing::StartsWith("process.signal (not claimed)\n"));
  EXPECT_STREQ(find(document, "//testsuite[1]/properties/property[@name='lsm']").attribute("value").value(),
               "landlock yama");
}

TEST(Junit, cases_of_several_targets_have_names_of_their_own) {
  Report report = sample_report();
  report.runs.push_back(report.runs[0]);
  report.runs[3].target = "bwrap";
  pugi::xml_document document = parse(report);
  EXPECT_TRUE(find(document, "//testcase[@classname='isolator/open.process']"));
  EXPECT_TRUE(find(document, "//testcase[@classname='bwrap/open.process']"));
}

// XML 1.0 forbids most control characters even as references; parsers stop at them.
TEST(Junit, no_text_makes_the_file_unreadable) {
  Report report = sample_report();
  Result& result = report.runs[2].results[1];
  result.reason = "a<b>&\"'\033[2J\x01\xff]]>";
  result.steps[0].call = result.witness.observed = result.control.reason = result.reason;
  std::string text = to_junit(report);
  for (char c : text) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("&#")));
  EXPECT_STREQ(find(parse(report), "//failure").attribute("message").value(),
               "a<b>&\"'\\x1b[2J\\x01\\xff]]>");
}

}  // namespace
}  // namespace escapement
