#include "bundle.h"

#include "nonce.h"
#include "target/skeleton.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace escapement {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// A place of its own, which goes with the test.
class BundleTest : public ::testing::Test {
 protected:
  BundleTest() : parent_(fs::temp_directory_path() / ("escapement-" + nonce())) {
    fs::create_directory(parent_);
    place_ = make_place(parent_, "/proc/self/exe");
  }
  ~BundleTest() override { fs::remove_all(parent_); }

  fs::path in_root(const std::string& path) const { return fs::path(place_.root) / path; }
  void make(const std::vector<std::string>& entries) { make_entries({json::array(), entries, {}}, place_); }

  fs::path parent_;
  Place place_;
};

TEST_F(BundleTest, APatchChangesWhatItNamesAndKnowsThePlace) {
  const json config{{"process", {{"cwd", "/"}}}, {"mounts", {{{"destination", "/proc"}}}}};
  const json patch = json::parse(R"([{"op":"add","path":"/process/cwd","value":"/proc/self/fd/7"},
      {"op":"add","path":"/mounts/-","value":{"destination":"/dev","source":"{root}/devices of {directory}"}}])");
  const json changed = changed_config(config, {patch, {}, {}}, place_);
  EXPECT_EQ(changed["process"]["cwd"], "/proc/self/fd/7");
  ASSERT_EQ(changed["mounts"].size(), 2u);
  EXPECT_EQ(changed["mounts"][1]["source"], place_.root + "/devices of " + place_.directory);
  EXPECT_EQ(changed["mounts"][0], config["mounts"][0]);
}

TEST_F(BundleTest, APatchOfWhatIsNotThereIsAnErrorAndNoAttack) {
  const json patch = json::parse(R"([{"op":"replace","path":"/linux/maskedPaths","value":[]}])");
  EXPECT_THAT(
      [&] {
        changed_config(json::object(), {patch, {}, {}}, place_);
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("config.json cannot be changed so")));
}

TEST_F(BundleTest, EntriesAreMadeInTheirOrder) {
  make(
      {"directory volume", "file volume/planted two words", "symlink proc /volume/proc", "symlink new proc"});
  std::ifstream file(in_root("volume/planted"));
  std::string line;
  std::getline(file, line);
  EXPECT_EQ(line, "two words");
  EXPECT_EQ(fs::read_symlink(in_root("proc")), "/volume/proc") << "in place of the empty directory";
  EXPECT_EQ(fs::read_symlink(in_root("new")), "proc");
}

TEST_F(BundleTest, NothingIsMadeOutsideTheRoot) {
  EXPECT_THROW(make({"file ../outside x"}), std::invalid_argument);
  EXPECT_THROW(make({"file a/../../outside x"}), std::invalid_argument);
  EXPECT_THROW(make({"directory /outside"}), std::invalid_argument);
  EXPECT_THAT(
      [&] {
        make({"symlink way ..", "file way/outside x"});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("there is a link on the way")));
  EXPECT_FALSE(fs::exists(fs::path(place_.directory) / "outside"));
  EXPECT_FALSE(fs::exists("/outside"));
}

TEST_F(BundleTest, WhatIsThereIsNotReplaced) {
  EXPECT_THROW(make({"symlink etc /elsewhere"}), std::system_error) << "it has files";
  EXPECT_THROW(make({"file probe x"}), std::system_error) << "it is the probe";
  EXPECT_TRUE(fs::exists(in_root("etc/passwd")));
}

TEST(Bundle, IsReadFromADescription) {
  const json good = json::parse(R"({"patch":[],"entries":["directory a"],"refusals":["must be inside"]})");
  EXPECT_EQ(bundle_from(good).refusals, std::vector<std::string>{"must be inside"});
  for (const char* bad :
       {R"({"patch":{},"entries":[],"refusals":[]})", R"({"patch":[],"entries":["pipe a"],"refusals":[]})",
        R"({"patch":[],"entries":["symlink a"],"refusals":[]})",
        R"({"patch":[],"entries":[],"refusals":[".*"]})", R"({"patch":[],"entries":[],"refusals":["("]})",
        R"({"patch":[],"entries":[]})"})
    EXPECT_ANY_THROW(bundle_from(json::parse(bad))) << bad;
}

TEST(Bundle, OnlyADeclaredMessageIsARefusal) {
  const Bundle bundle{json::array(), {}, {"cwd must be inside", "chdir .* failed: no such file"}};
  EXPECT_TRUE(is_refusal(bundle, "runc run failed: cwd must be inside the root"));
  EXPECT_TRUE(is_refusal(bundle, "chdir to cwd \"/proc/self/fd/7\" failed: no such file or directory"));
  EXPECT_FALSE(is_refusal(bundle, "chdir to cwd failed: permission denied"));
  EXPECT_FALSE(is_refusal(bundle, ""));
}

}  // namespace
}  // namespace escapement
