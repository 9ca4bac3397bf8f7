#include "profile_tree.h"

#include <isolator/profile.h>

#include <gmock/gmock.h>

namespace isolator {
namespace {

std::string refusal(const std::string& toml) {
  try {
    parse_toml(toml, "p", nullptr);
    return "";
  } catch (const ProfileError& e) {
    return e.what();
  }
}

constexpr const char* stray = ": toml: a character that is not ASCII; expected it in a string or a comment";

// In each way to write a string, with each quote in it that does not end it.
TEST(ProfileTree, CommentsAndStringsMayHoldAnyCharacter) {
  for (const char* toml : {
           "# \u00e9 \"",
           "a = \"\u00e9\"",
           "a = '\u00e9\\' # \u00e9",
           "a = \"\\\"\u00e9\"",
           "a = \"\"\"\u00e9\n\"\u00e9\"\" \\\"\"\" \u00e9\"\"\" # \u00e9",
           "a = \"\"\"\u00e9\"\"\"\"\" # \u00e9",
           "a = '''\u00e9\n''\u00e9'''",
           "a = \"\" # \u00e9",
           "\"\u00e9\" = 1",
           "\xEF\xBB\xBF"
           "a = 1",
       })
    EXPECT_EQ(refusal(toml), "") << toml;
}

// toml++ runs into undefined behaviour at some of them.
TEST(ProfileTree, OutsideOfThemACharacterThatIsNotAsciiIsRefusedWithItsPlace) {
  EXPECT_EQ(refusal("a\u00e9 = 1"), std::string("p:1:2") + stray);
  EXPECT_EQ(refusal("a = 1\n\u0189"), std::string("p:2:1") + stray);
  EXPECT_EQ(refusal("a = \"\u00e9\" \u3000"), std::string("p:1:9") + stray);
  EXPECT_EQ(refusal("a = \"\"\"x\"\"\"\"\"\u00e9"), std::string("p:1:14") + stray);
  EXPECT_EQ(refusal("a = ''\u00e9"), std::string("p:1:7") + stray);
  EXPECT_EQ(refusal("\xff"), std::string("p:1:1") + stray);
}

TEST(ProfileTree, AStringThatDoesNotEndIsStillTold) {
  EXPECT_THAT(refusal("a = \"x\n\u00e9"), ::testing::StartsWith("p:1:"));
  EXPECT_THAT(refusal("a = \"\"\"x\n\u00e9"), ::testing::HasSubstr("toml: "));
}

}  // namespace
}  // namespace isolator
