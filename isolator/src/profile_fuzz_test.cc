// The fuzz target of profiles, over all that is in the tree: see isolator/fuzz.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

const std::filesystem::path top = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();

void try_input(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(ProfileFuzz, EveryFileIsTakenOrRefused) {
  std::size_t files = 0;
  for (const char* directory : {"suites/profiles", "isolator/testdata/malformed", "isolator/fuzz/corpus"})
    for (const auto& entry : std::filesystem::directory_iterator(top / directory))
      try_input(text_of(entry)), ++files;
  EXPECT_GT(files, 100U);
}

TEST(ProfileFuzz, AFileWithoutALineAndCutOffInItIsToo) {
  for (const auto& entry : std::filesystem::directory_iterator(top / "isolator/fuzz/corpus")) {
    const std::string text = text_of(entry);
    ASSERT_TRUE(text.ends_with('\n')) << entry.path();
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin) + 1;
      try_input(text.substr(0, begin) + text.substr(end));
      try_input(text.substr(0, begin + (end - begin) / 2));
      begin = end;
    }
  }
}

}  // namespace
