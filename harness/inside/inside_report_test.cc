#include "inside_report.h"

#include <gmock/gmock.h>

namespace escapement::unwitnessed {
namespace {

ProbeInfo probe(const std::string& id) { return {.id = id, .cls = "class", .guarantee = "class.property"}; }

InsideReport report(std::vector<Claim> claims) {
  InsideReport out;
  out.boundary = {.kind = "container",
                  .name = "docker",
                  .text = "shared",
                  .signs = {{Kind::container, "/.dockerenv", "is there"}}};
  out.left_out = {{probe("planted"), "needs a file outside"}};
  for (const Claim claim : claims)
    out.answers.push_back({probe("p" + std::to_string(out.answers.size())),
                           {claim, "why\x1b[31m it is"},
                           {{"call()", "EPERM", "attempt"}}});
  return out;
}

TEST(InsideReport, EndsWithOneWhereSomethingWasReached) {
  EXPECT_EQ(exit_code(report({Claim::refused, Claim::reached})), 1);
  EXPECT_EQ(exit_code(report({Claim::refused, Claim::undecided})), 0);
  EXPECT_EQ(exit_code(report({Claim::undecided})), 3);
  EXPECT_EQ(exit_code(report({})), 3);
}

TEST(InsideReport, SaysThatNobodyHasWitnessedIt) {
  const auto json = nlohmann::json::parse(to_json_text(report({Claim::refused})));
  EXPECT_EQ(json.at("witnessed"), false);
  EXPECT_EQ(json.at("host"), nullptr);
  EXPECT_EQ(json.at("results").at(0).at("claim"), "refused");
  EXPECT_FALSE(json.at("results").at(0).contains("verdict"));
  EXPECT_EQ(json.at("summary"),
            nlohmann::json::parse(R"({"reached": 0, "refused": 1, "undecided": 0, "left_out": 1})"));
  const std::string table = to_table(report({Claim::refused}), Style{});
  EXPECT_THAT(table, testing::HasSubstr("No witness looked from outside"));
  EXPECT_THAT(table,
              testing::EndsWith("1 attack: 0 reached, 1 refused, 0 undecided; 1 not tried. Unwitnessed.\n"));
}

TEST(InsideReport, TellsWhatWasLeftOutAndWhy) {
  const std::string table = to_table(report({}), Style{});
  EXPECT_THAT(table, testing::HasSubstr("not tried\n  needs a file outside (1)\n    planted\n"));
  EXPECT_THAT(
      table,
      testing::HasSubstr(
          "boundary    container, docker: shared\n  speaks for a container\n    /.dockerenv  is there\n"));
}

TEST(InsideReport, DrivesNoTerminalByWhatASandboxSays) {
  EXPECT_THAT(to_table(report({Claim::reached, Claim::undecided}), Style{}),
              testing::Not(testing::HasSubstr("\x1b")));
}

}  // namespace
}  // namespace escapement::unwitnessed
