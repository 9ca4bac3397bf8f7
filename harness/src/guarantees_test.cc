#include "guarantees.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

class Guarantees : public ::testing::Test {
 protected:
  ~Guarantees() override { std::filesystem::remove(path_); }
  std::vector<Guarantee> read(const std::string& text) {
    std::ofstream(path_) << text;
    return read_guarantees(path_);
  }
  const std::string path_ = ::testing::TempDir() + "guarantees-" + std::to_string(getpid()) + ".toml";
};

TEST_F(Guarantees, KeepTheOrderOfTheFile) {
  const auto all = read("[z]\nb = \"One.\"\na = \"Two.\"\n[a]\nc = \"Three.\"\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].id, "z.b");
  EXPECT_EQ(all[1].sentence, "Two.");
  EXPECT_EQ(all[2].id, "a.c");
}

TEST_F(Guarantees, ErrorsSayWhere) {
  const auto error = [&](const std::string& text) {
    try {
      read(text);
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(error("[a]\nb = 1\n"), path_ + ":2:5: expected a sentence");
  EXPECT_EQ(error("a = 1\n"), path_ + ":1:5: expected a table, [class]");
  EXPECT_THAT(error("[a\n"), ::testing::StartsWith(path_ + ":1:"));
}

TEST(Claims, ByNameByClassOrAll) {
  EXPECT_TRUE(is_claimed({"process.signal"}, "process.signal"));
  EXPECT_TRUE(is_claimed({"process.*"}, "process.signal"));
  EXPECT_TRUE(is_claimed({"*"}, "process.signal"));
  EXPECT_FALSE(is_claimed({"process.sig", "proc.*", "process"}, "process.signal"));
  EXPECT_FALSE(is_claimed({}, "process.signal"));
}

TEST(Claims, MisspeltOnesAreFound) {
  const std::vector<Guarantee> known{{"process.signal", ""}, {"limits.pids", ""}};
  EXPECT_TRUE(unknown_claims({"process.*", "limits.pids", "*"}, known).empty());
  EXPECT_THAT(unknown_claims({"proces.*", "limits.pid"}, known),
              ::testing::ElementsAre("proces.*", "limits.pid"));
}

}  // namespace
}  // namespace escapement
