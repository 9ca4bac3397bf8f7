#include "waivers.h"

#include <gmock/gmock.h>
#include <isolator/profile.h>

#include "compare.h"

namespace escapement {
namespace {

using namespace std::chrono_literals;
using std::chrono::year_month_day;

constexpr year_month_day last_day = 2027y / 3 / 1;

const std::string good = R"([[waive]]
change  = "escaped"
profile = "strict*"
probe   = "kill-*"
reason  = "the pid namespace comes next month"
expires = 2027-03-01
)";

std::string error_of(const std::string& toml) {
  try {
    parse_waivers(toml, "w.toml");
  } catch (const isolator::ProfileError& error) {
    return error.what();
  }
  return "no error";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

Comparison regressions() {
  Comparison out;
  out.worse = {{Change::escaped, {"isolator", "strict", "kill-outside-pid", "", "contained", "escaped", ""}},
               {Change::escaped, {"isolator", "open", "kill-outside-pid", "", "contained", "escaped", ""}},
               {Change::broken, {"isolator", "strict", "kill-all", "", "contained", "broken", ""}},
               {Change::sysctl_loosened, {"", "", "", "kernel.dmesg_restrict", "1", "0", ""}}};
  return out;
}

TEST(Waivers, a_file_in_full) {
  const std::vector<Waiver> all = parse_waivers(good, "w.toml");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].change, Change::escaped);
  EXPECT_EQ(all[0].profile, "strict*");
  EXPECT_EQ(all[0].target, "*");
  EXPECT_EQ(text_of(all[0].expires), "2027-03-01");
  EXPECT_EQ(all[0].place, "w.toml:1:1");
  EXPECT_EQ(summary(all[0]), "escaped: strict*, kill-*");
  EXPECT_TRUE(parse_waivers("# none\n", "w.toml").empty());
}

TEST(Waivers, what_matches_is_waived_and_nothing_else) {
  Comparison comparison = regressions();
  waive(comparison, parse_waivers(good, "w.toml"), last_day);
  ASSERT_EQ(comparison.waived.size(), 1u);
  EXPECT_EQ(comparison.waived[0].regression.at.profile, "strict");
  EXPECT_EQ(comparison.worse.size(), 3u);
  EXPECT_TRUE(comparison.unused.empty());
  EXPECT_EQ(exit_code(comparison), 1);
}

TEST(Waivers, all_that_is_worse_being_waived_nothing_fails) {
  Comparison comparison = regressions();
  comparison.worse.resize(1);
  waive(comparison, parse_waivers(good, "w.toml"), last_day);
  EXPECT_EQ(exit_code(comparison), 0);
}

TEST(Waivers, one_that_has_expired_waives_nothing_and_fails_by_itself) {
  const year_month_day next = std::chrono::sys_days(last_day) + std::chrono::days(1);
  Comparison comparison = regressions();
  waive(comparison, parse_waivers(good, "w.toml"), next);
  EXPECT_EQ(comparison.worse.size(), 4u);
  EXPECT_EQ(comparison.expired.size(), 1u);
  Comparison nothing;
  waive(nothing, parse_waivers(good, "w.toml"), next);
  EXPECT_EQ(exit_code(nothing), 1);
  EXPECT_TRUE(nothing.unused.empty());
}

TEST(Waivers, one_that_nothing_needs_is_told_and_does_not_fail) {
  Comparison nothing;
  waive(nothing, parse_waivers(good, "w.toml"), last_day);
  EXPECT_EQ(nothing.unused.size(), 1u);
  EXPECT_EQ(exit_code(nothing), 0);
}

TEST(Waivers, of_the_host_name_what_it_is_about) {
  Comparison comparison = regressions();
  waive(comparison,
        parse_waivers(R"([[waive]]
change = "sysctl-loosened"
what = "kernel.dmesg_*"
reason = "the logs are read by the support"
expires = 2027-03-01)",
                      "w.toml"),
        last_day);
  ASSERT_EQ(comparison.waived.size(), 1u);
  EXPECT_EQ(comparison.waived[0].regression.at.what, "kernel.dmesg_restrict");
}

TEST(Waivers, a_target_narrows_and_a_name_with_brackets_is_itself) {
  Comparison comparison = regressions();
  waive(comparison, parse_waivers(good + "target = \"other\"\n", "w.toml"), last_day);
  EXPECT_EQ(comparison.waived.size(), 0u);
  comparison.worse = {{Change::escaped, {"isolator", "strict a=[]", "kill-x", "", "", "", ""}}};
  waive(comparison, parse_waivers(replaced(good, "strict*", "strict a=[]"), "w.toml"), last_day);
  EXPECT_EQ(comparison.waived.size(), 1u);
}

TEST(Waivers, every_kind_has_a_word_of_its_own) {
  for (Change change : changes) {
    const std::string error = error_of("[[waive]]\nchange = \"" + std::string(name(change)) + "\"\n");
    EXPECT_THAT(
        error, testing::AllOf(testing::HasSubstr("is missing"), testing::Not(testing::HasSubstr("change:"))));
  }
}

TEST(Waivers, errors_say_where_and_what_was_expected) {
  EXPECT_EQ(error_of(replaced(good, "\"escaped\"", "\"escapes\"")),
            "w.toml:2:11: change: \"escapes\" is none of its words; expected one of escaped, fails, broken, "
            "control-lost, not-testable, claim-lost, probe-lost, profile-lost, layer-lost, sysctl-loosened, "
            "host-changed, slower");
  EXPECT_EQ(error_of(replaced(good, "\"the pid namespace comes next month\"", "\" \"")),
            "w.toml:5:11: reason: is empty; expected a sentence that says why this is accepted");
  EXPECT_EQ(error_of(replaced(good, "reason  = \"the pid namespace comes next month\"\n", "")),
            "w.toml:1:1: reason: is missing; expected a sentence that says why this is accepted");
  EXPECT_EQ(error_of(replaced(good, "2027-03-01", "\"2027-03-01\"")),
            "w.toml:6:11: expires: is a string; expected a date without quotes and without a time, as "
            "2027-03-01");
  EXPECT_EQ(error_of(replaced(good, "2027-03-01", "2027-03-01T00:00:00")),
            "w.toml:6:11: expires: is a time; expected a date without quotes and without a time, as "
            "2027-03-01");
  EXPECT_THAT(error_of(replaced(good, "expires = 2027-03-01\n", "")),
              testing::StartsWith("w.toml:1:1: expires: is missing; expected a date"));
  EXPECT_THAT(error_of(replaced(good, "2027-03-01", "2027-02-30")), testing::StartsWith("w.toml:6:"));
  EXPECT_THAT(error_of(replaced(good, "profile = \"strict*\"\n", "")),
              testing::StartsWith("w.toml:1:1: profile: is missing; expected the name of a profile"));
  EXPECT_EQ(error_of(good + "what = \"pid\"\n"),
            "w.toml:7:1: what: \"escaped\" has none; expected this key to be absent");
  EXPECT_EQ(error_of(good + "until = 3\n"),
            "w.toml:7:1: until: there is no such key; expected change, profile, probe, what, target, reason, "
            "expires");
  EXPECT_EQ(error_of("waiver = 3\n"), "w.toml:1:1: waiver: there is no such key; expected [[waive]]");
  EXPECT_EQ(error_of("[waive]\n"), "w.toml:1:2: waive: is a table; expected [[waive]]");
  EXPECT_EQ(error_of("waive = [1]\n"), "w.toml:1:10: waive: holds an integer; expected [[waive]]");
  EXPECT_THAT(error_of("[[waive]\n"), testing::StartsWith("w.toml:1:"));
  EXPECT_THROW(read_waivers("no-such.toml"), isolator::ProfileError);
}

}  // namespace
}  // namespace escapement
