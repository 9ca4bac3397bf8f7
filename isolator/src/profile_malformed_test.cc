// Every file in testdata/malformed is a profile with one mistake. Its first line holds what must be said
// about it.

#include <isolator/profile.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace isolator {
namespace {

using std::filesystem::path;

std::vector<path> corpus() {
  std::vector<path> files;
  const path directory = path(__FILE__).parent_path().parent_path() / "testdata/malformed";
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Malformed : public testing::TestWithParam<path> {};

TEST_P(Malformed, IsRefusedWithOneExactLine) {
  std::string expected;
  std::getline(std::ifstream(GetParam()) >> std::ws, expected);
  const std::string mark = "# expect: ";
  ASSERT_TRUE(expected.starts_with(mark)) << "the first line of the file";
  try {
    load_profile(GetParam());
    FAIL() << "the profile was accepted";
  } catch (const ProfileError& error) {
    EXPECT_EQ(error.what(), GetParam().string() + ":" + expected.substr(mark.size()));
  }
}

INSTANTIATE_TEST_SUITE_P(Corpus, Malformed, testing::ValuesIn(corpus()), [](const auto& param_info) {
  std::string name = param_info.param.stem();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(MalformedCorpus, IsThere) { EXPECT_GE(corpus().size(), 100U); }

TEST(MalformedCorpus, FileThatCannotBeReadIsNamed) {
  const auto said = [](const std::string& file) -> std::string {
    try {
      load_profile(file);
    } catch (const ProfileError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(said("/nonexistent/p.toml"),
            "/nonexistent/p.toml: cannot open: No such file or directory; expected a profile, TOML");
  EXPECT_EQ(said("/proc/self"), "/proc/self: cannot read: Is a directory; expected a profile, TOML");
}

}  // namespace
}  // namespace isolator
